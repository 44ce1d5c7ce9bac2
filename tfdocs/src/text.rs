//! The text rules of descriptions, headers and cells, shared by markdown and asciidoc.
