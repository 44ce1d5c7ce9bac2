//! The language and sprig by data: template, and what it gives over `data()`. Errors begin with `error: `.

use super::*;

fn data() -> Val {
    let entries = [
        ("S", Val::str("str")),
        ("N", Val::int(5)),
        ("L", Val::list(vec![Val::int(1), Val::str("a"), Val::Nil])),
        ("F", Val::Float(1.5)),
        ("T", Val::Bool(true)),
    ];
    Val::map(entries.map(|(key, value)| (key.to_owned(), value)).into())
}

fn run(text: &str) -> String {
    let run = Template::parse("content", text, &|_| None)
        .and_then(|template| template.execute(data(), &|_| None, Limits::default()));
    run.unwrap_or_else(|error| format!("error: {error}"))
}

fn check(cases: &[(&str, &str)]) {
    for (template, want) in cases {
        assert_eq!(&run(template), want, "{template}");
    }
}

#[test]
fn the_language_does_what_go_does() {
    check(&[
        ("{{ .Nope }}", "<no value>"),
        (
            r#"{{ index .L 1 }}|{{ index "abc" 1 }}|{{ index (dict "a" 1) "b" }}"#,
            "a|98|<no value>",
        ),
        (
            r#"{{ eq 1 2 1 }} {{ eq "a" "b" }} {{ ne 1 2 }} {{ lt 1 2 }} {{ le 2 2 }} {{ gt "b" "a" }} {{ ge 1.5 2.5 }}"#,
            "true false true true true true false",
        ),
        (r#"{{ len "abc" }} {{ len .L }} {{ len (dict) }}"#, "3 3 0"),
        (
            "{{ if .T }}a{{ else }}b{{ end }}{{ if not .T }}c{{ else if eq .N 5 }}d{{ else }}e{{ end }}",
            "ad",
        ),
        (
            r#"{{ with .S }}{{ . }}{{ $.N }}{{ end }}{{ with "" }}x{{ else }}y{{ end }}"#,
            "str5y",
        ),
        (
            "{{ range $i, $e := .L }}{{ $i }}={{ $e }};{{ end }}{{ range list }}x{{ else }}none{{ end }}",
            "0=1;1=a;2=<no value>;none",
        ),
        (
            r#"{{ range $k, $v := dict "b" 1 "a" 2 }}{{ $k }}{{ $v }}{{ end }}"#,
            "a2b1",
        ),
        (
            "{{ range .L }}{{ break }}{{ end }}{{ range until 4 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ . }}{{ end }}",
            "023",
        ),
        (
            "{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}{{ $y := 3 }}{{ $y }}",
            "23",
        ),
        (
            r#"{{ define "t" }}[{{ . }}]{{ end }}{{ template "t" .S }}{{ template "t" }}{{ block "b" .N }}<{{ . }}>{{ end }}"#,
            "[str][<no value>]<5>",
        ),
        ("a  {{- 1 -}}  b {{- /* c */ -}} d", "a1bd"),
        (
            r#"{{ (index .L 1) }}{{ (dict "a" (dict "b" 7)).a.b }}"#,
            "a7",
        ),
        (r#"{{ print "a" 1 2 "b" true nil }}"#, "a1 2btrue <nil>"),
        (r#"{{ println "a" 1 }}|"#, "a 1\n|"),
        (
            r#"{{ html "<a href='x'>&\"" }} {{ js "it's \"<\\\n" }} {{ urlquery "a b/c?d=é" }}"#,
            r#"&lt;a href=&#39;x&#39;&gt;&amp;&#34; it\'s \"\u003C\\\u000A a+b%2Fc%3Fd%3D%C3%A9"#,
        ),
        (
            "{{ 0x1F }} {{ 1e3 }} {{ 1.5e-7 }} {{ 'x' }} {{ 1_000 }} {{ 0b11 }} {{ 0o17 }} {{ 017 }} {{ 1000000.0 }} {{ 123456789.5 }}",
            "31 1000 1.5e-07 120 1000 3 15 15 1e+06 1.234567895e+08",
        ),
        (
            r#"{{ printf "%5d|%-5d|%05d|%+d|%x|%X|%#x|%o|%b|%c|%q|%U" 1 2 3 4 255 255 255 8 5 65 65 65 }}"#,
            "    1|2    |00003|+4|ff|FF|0xff|10|101|A|'A'|U+0041",
        ),
        (
            r#"{{ printf "%s|%10s|%-10s|%.2s|%q|%x|% x|%v|%T" "a" "b" "c" "defg" "h\"i\n" "jk" "lm" "n" "o" }}"#,
            r#"a|         b|c         |de|"h\"i\n"|6a6b|6c 6d|n|string"#,
        ),
        (
            r#"{{ printf "%f|%.2f|%8.3f|%e|%g|%G|%v|%6.1f%%" 1.5 2.345 3.14159 12345.678 0.00001 1e20 1e6 99.5 }}"#,
            "1.500000|2.35|   3.142|1.234568e+04|1e-05|1E+20|1e+06|  99.5%",
        ),
        (
            r#"{{ printf "%v %v %v %v" .L (dict "a" 1) true nil }} {{ printf "%d" .L }} {{ printf "%s" nil }}"#,
            "[1 a <nil>] map[a:1] true <nil> [1 %!d(string=a) <nil>] %!s(<nil>)",
        ),
        (
            r#"{{ printf "%[2]d %[1]d" 1 2 }} {{ printf "%*d" 5 42 }} {{ printf "%z" 1 }} {{ printf "%" }} {{ printf "%[9]d" 1 }} {{ printf "%t" 1 }}"#,
            "2 1    42 %!z(int=1) %!(NOVERB) %!d(BADINDEX) %!t(int=1)",
        ),
        (
            r#"{{ printf "%6.2v|%08.3f|%+.1e|% d|%x" 3.14159 3.14159 12345.6789 5 -255 }}"#,
            "   3.1|0003.142|+1.2e+04| 5|-ff",
        ),
        ("{{ with $x := 5 }}{{ $x }}{{ end }}", "5"),
        (
            "{{ true }} {{ false }} {{ .Missing.deeper }} {{ .S | len }}",
            "true false <no value> 3",
        ),
        ("{{ \"a\" }}{{`b\nc`}}", "ab\nc"),
        ("{{ 1.0 }} {{ -1.5 }} {{ +5 }} {{ .5 }}", "1 -1.5 5 0.5"),
        (
            r#"{{ range $i := until 2 }}{{ $i }}{{ end }}{{ range $i, $c := list "x" "y" }}{{ $i }}{{ $c }}{{ end }}"#,
            "010x1y",
        ),
        (
            "{{- range .L }}\n- {{ . }}\n{{- end }}",
            "\n- 1\n- a\n- <no value>",
        ),
        (
            "{{ if and .T (or .S false) (not .F) }}x{{ else }}y{{ end }}",
            "y",
        ),
        (
            r#"{{ printf "%v %s" (list "a b" "c") (list "d") }} {{ printf "%q" (list "a" 1) }}"#,
            r#"[a b c] [d] ["a" '\x01']"#,
        ),
    ]);
}

#[test]
fn text_functions_do_what_sprig_does() {
    check(&[
        ("{{ .S | upper }}", "STR"),
        (
            r#"{{ upper "aé" }} {{ lower "AÉ" }} {{ title "hello world_x it's 3rd" }} {{ untitle "Hello World" }} {{ swapcase "aB cD" }}"#,
            "AÉ aé Hello World_x It'S 3rd hello world Ab Cd",
        ),
        (
            r#"{{ snakecase "FooBarBaz" }} {{ snakecase "HTTPServer2Go" }} {{ snakecase "a1b2_c d-e" }} {{ kebabcase "FooBar HTTPx" }} {{ snakecase "foo.BarBaz9" }} {{ snakecase "ID3v2" }}"#,
            "foo_bar_baz http_server2_go a_1b2_c_d_e foo-bar-htt-px foo.bar_baz9 id_3v2",
        ),
        (
            r#"{{ trim "  a " }}|{{ trimAll "$" "$5$" }}|{{ trimSuffix "-" "a-" }}|{{ trimPrefix "-" "-a" }}"#,
            "a|5|a|a",
        ),
        (
            r#"{{ repeat 3 "ab" }} {{ substr 1 3 "abcdef" }} {{ substr -1 3 "abc" }} {{ substr 2 -1 "abcdef" }} {{ trunc 3 "abcdef" }} {{ trunc -2 "abcdef" }} {{ trunc 9 "abc" }}"#,
            "ababab bc abc cdef abc ef abc",
        ),
        (
            r#"{{ abbrev 5 "abcdefgh" }} {{ abbrevboth 5 10 "1234 5678 9123" }} {{ abbrev 3 "abcdef" }} {{ initials "First Try x" }}"#,
            "ab... ...5678... abcdef FTx",
        ),
        (
            r#"{{ wrap 5 "aa bb cc dd" }} {{ wrapWith 5 "|" "Hello Worldwide a b" }} {{ wrap 3 "abcdefgh ij" }} {{ nospace " a b\tc" }}"#,
            "aa bb\ncc dd Hello|World|wide|a b abcdefgh\nij abc",
        ),
        (
            r#"{{ contains "b" "abc" }} {{ hasPrefix "a" "abc" }} {{ hasSuffix "x" "abc" }} {{ quote "a\"b" 1 nil }} {{ squote "x" 2 }} {{ cat "a" 1 nil "b" }}"#,
            r#"true true false "a\"b" "1" 'x' '2' a 1 b"#,
        ),
        (
            r#"{{ indent 2 "a\nb" }}|{{ nindent 2 "a\nb" }}|{{ replace "a" "b" "banana" }}|{{ plural "one" "many" 1 }}{{ plural "one" "many" 2 }}"#,
            "  a\n  b|\n  a\n  b|bbnbnb|onemany",
        ),
        (
            r#"{{ join "," (list 1 "a" nil) }} {{ join "-" "x" }} {{ splitList "," "a,b,c" }} {{ (split "," "a,b")._1 }} {{ splitn "," 2 "a,b,c" }} {{ splitList "" "abc" }}"#,
            "1,a x [a b c] b map[_0:a _1:b,c] [a b c]",
        ),
        (r#"{{ list 1 2 | join ", " | quote }}"#, r#""1, 2""#),
        (r#"{{ camelcase "foo_bar-baz" }}"#, "FooBarBaz"),
    ]);
}

#[test]
fn list_and_dictionary_functions_do_what_sprig_does() {
    check(&[
        (
            r#"{{ list 1 "a" nil }} {{ append (list 1) 2 }} {{ prepend (list 1) 0 }} {{ first .L }} {{ last (list 1 2) }} {{ rest .L }} {{ initial (list 1 2 3) }} {{ reverse (list 1 2 3) }}"#,
            "[1 a <nil>] [1 2] [0 1] 1 2 [a <nil>] [1 2] [3 2 1]",
        ),
        (
            r#"{{ uniq (list 1 1 "a" "a" 2) }} {{ without (list 1 2 3) 2 }} {{ has 2 (list 1 2) }} {{ compact (list 0 1 "" "a" nil) }} {{ slice (list 1 2 3 4) 1 3 }} {{ concat (list 1) (list 2 3) }} {{ chunk 2 (list 1 2 3 4 5) }}"#,
            "[1 a 2] [1 3] true [1 a] [2 3] [1 2 3] [[1 2] [3 4] [5]]",
        ),
        (
            r#"{{ dict "a" 1 "b" }} {{ get (dict "a" 1) "a" }}{{ get (dict) "a" }}| {{ hasKey (dict "a" 1) "a" }} {{ keys (dict "a" 1 "b" 2) | sortAlpha }} {{ pick (dict "a" 1 "b" 2) "a" }} {{ omit (dict "a" 1 "b" 2) "a" }}"#,
            "map[a:1 b:] 1| true [a b] map[a:1] map[b:2]",
        ),
        (
            r#"{{ $d := dict "a" 1 }}{{ $_ := set $d "b" 2 }}{{ $_ := unset $d "a" }}{{ $d }} {{ merge (dict "a" 1) (dict "a" 2 "b" 3) }} {{ mergeOverwrite (dict "a" 1) (dict "a" 2 "b" 3) }}"#,
            "map[b:2] map[a:1 b:3] map[a:2 b:3]",
        ),
        (
            r#"{{ dig "a" "b" "def" (dict "a" (dict "b" 1)) }} {{ dig "x" "def" (dict) }} {{ pluck "a" (dict "a" 1) (dict "b" 2) (dict "a" 3) }} {{ values (dict "a" 1) }}"#,
            "1 def [1 3] [1]",
        ),
    ]);
}

#[test]
fn numbers_types_and_json_do_what_sprig_does() {
    check(&[
        (r#"{{ add 1 2 3 | printf "%d %v" 7 }}"#, "7 6"),
        (r#"{{ default "n" nil }}"#, "n"),
        (
            r#"{{ add 1 "2" 3.7 true }} {{ sub 5 2 }} {{ mul 2 3 4 }} {{ mod 7 3 }} {{ max 1 5 3 }} {{ min 4 2 }} {{ add1 4 }} {{ floor 1.9 }} {{ ceil 1.1 }} {{ round 1.2567 2 }} {{ addf 0.1 0.2 }} {{ mulf 1.5 2 }} {{ divf 1 4 }} {{ subf 3 1.5 }}"#,
            "7 3 24 1 5 2 5 1 2 1.26 0.3 3 0.25 1.5",
        ),
        (
            r#"{{ int "0x10" }} {{ int 3.9 }} {{ int64 "7" }} {{ float64 "1.5" }} {{ atoi "9" }} {{ atoi "x" }} {{ toString 6 }} {{ toStrings (list 1 2) }} {{ toDecimal "777" }} {{ int "1.0" }} {{ int "" }}"#,
            "16 3 7 1.5 9 0 6 [1 2] 511 1 0",
        ),
        (
            "{{ until 3 }} {{ untilStep 0 10 3 }} {{ untilStep 5 0 -2 }} {{ seq 5 }} {{ seq 2 5 }} {{ seq 0 2 10 }} {{ seq 3 1 }} {{ seq 0 -1 -3 }} {{ until -3 }}",
            "[0 1 2] [0 3 6 9] [5 3 1] 1 2 3 4 5 2 3 4 5 0 2 4 6 8 10 3 2 1 0 -1 -2 -3 [0 -1 -2]",
        ),
        (
            r#"{{ typeOf 1 }} {{ typeOf "a" }} {{ typeOf (list) }} {{ typeOf (dict) }} {{ typeOf (add 1) }} {{ typeOf 1.5 }} {{ typeOf nil }} {{ typeOf (splitList "," "a") }} {{ kindOf (list) }} {{ kindOf (dict) }} {{ kindOf nil }} {{ kindOf 1 }} {{ kindIs "string" "a" }} {{ typeOf true }}"#,
            "int string []interface {} map[string]interface {} int64 float64 <nil> []string slice map invalid int true bool",
        ),
        (
            r#"{{ default "d" "" }} {{ default 5 0 }} {{ "x" | default "d" }} {{ empty "" }} {{ empty (list) }} {{ coalesce "" 0 "c" }} {{ all 1 2 }} {{ any 0 1 }} {{ ternary "a" "b" true }} {{ deepEqual (list 1 2) (list 1 2) }} {{ deepCopy (dict "a" (list 1)) }}"#,
            "d 5 x true true c true true a true map[a:[1]]",
        ),
        (
            r#"{{ toJson (dict "a" (list 1 nil "<b>" 1.5 true)) }} {{ toRawJson "<a>" }} {{ toPrettyJson (dict "a" (list) "b" (dict "c" 1)) }} {{ fromJson "{\"a\":[1,2.5,\"x\",null]}" }} {{ (fromJson "[1]") | first }}"#,
            "{\"a\":[1,null,\"\\u003cb\\u003e\",1.5,true]} \"<a>\" {\n  \"a\": [],\n  \"b\": {\n    \"c\": 1\n  }\n} map[a:[1 2.5 x <nil>]] 1",
        ),
        ("{{ add }}", "0"),
    ]);
}

#[test]
fn patterns_paths_sums_and_versions_do_what_sprig_does() {
    check(&[
        (
            r#"{{ regexMatch "^a.c$" "abc" }} {{ regexFind "[0-9]+" "ab123c4" }} {{ regexFindAll "[0-9]" "1a2b3" 2 }} {{ regexReplaceAll "a(b+)" "xabby" "${1}-" }} {{ regexReplaceAll "a(b+)" "xabby" "$1x" }} {{ regexReplaceAllLiteral "b" "abc" "${1}" }} {{ regexSplit "," "a,b,c" -1 }} {{ regexSplit "," "a,b,c" 2 }} {{ regexQuoteMeta "1.2+{a}-b" }}"#,
            r#"true 123 [1 2] xbb-y xy a${1}c [a b c] [a b,c] 1\.2\+\{a\}-b"#,
        ),
        (
            r###"{{ regexMatch "\\d+\\s\\w" "5 a" }} {{ regexReplaceAll "(?m)^#" "# a\n# b" "##" }} {{ regexFind "\\bfoo\\b" "a foo b" }} {{ regexReplaceAll "[^a-z]" "a1-b" "" }} {{ regexFind "a{,2}" "a{,2}" }} {{ regexReplaceAll "(?P<n>a)" "banana" "<${n}>" }} {{ regexFind "[[:alpha:]]+" "12ab" }} {{ regexMatch "[[]" "[" }}"###,
            "true ## a\n## b foo ab a{,2} b<a>n<a>n<a> ab true",
        ),
        (
            r#"{{ b64enc "hi there" }} {{ b64dec "aGk=" }} {{ b64dec "a" }} {{ b32enc "hi" }} {{ b32dec "NBUQ====" }} {{ sha1sum "x" }} {{ sha256sum "" }} {{ sha256sum "The quick brown fox jumps over the lazy dog, and then some more text to pass a block." }} {{ adler32sum "x" }}"#,
            "aGkgdGhlcmU= hi illegal base64 data at input byte 0 NBUQ==== hi 11f6ad8ec52a2984abaafd7c3b516503785c2072 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 ab788c49db5d7c7897518cc8f28fb701b9911d738ba6d10ae2180b0066b35c59 7929977",
        ),
        (
            r#"{{ base "a/b.c" }} {{ base "" }} {{ base "/" }} {{ dir "a/b" }} {{ dir "a" }} {{ dir "/a" }} {{ ext "x.tf" }} {{ clean "a//b/../c/./d/" }} {{ clean "" }} {{ clean "/../a" }} {{ isAbs "/x" }}"#,
            "b.c . / a . / .tf a/c/d . /a true",
        ),
        (
            r#"{{ semverCompare ">= 1.2" "1.10.0" }} {{ semverCompare "^1.2.0" "2.0.0" }} {{ semverCompare "~1.2" "1.2.9" }} {{ semverCompare "1.x" "1.9" }} {{ semverCompare ">=1.0, <2.0 || 3" "3.5" }} {{ semverCompare "1.2 - 1.4" "1.3.9" }} {{ semverCompare "!=1.2.3" "1.2.3" }} {{ semverCompare "^0.2.3" "0.2.9" }} {{ semverCompare "^0.2.3" "0.3.0" }} {{ semverCompare ">1" "1.5" }} {{ semverCompare "*" "1.5" }} {{ semverCompare ">=1.0" "1.5.0-beta" }} {{ semverCompare "<=1.2" "1.2.9" }} {{ semverCompare "~1" "1.9.9" }}"#,
            "true false true true true true false true false false true false true true",
        ),
        (
            r#"{{ (semver "v1.2.3-rc.1+b").Minor }} {{ (semver "1.2.3-rc.1").Prerelease }} {{ (semver "1.2").Original }}"#,
            "2 rc.1 1.2",
        ),
        (
            r#"{{ urlParse "http://u@h:80/p/q?x=1#f" }} {{ urlJoin (dict "scheme" "https" "host" "h" "path" "/p" "query" "q") }} {{ (urlParse "mailto:a@b").opaque }}"#,
            "map[fragment:f host:h:80 hostname:h opaque: path:/p/q query:x=1 scheme:http userinfo:u] https://h/p?q a@b",
        ),
    ]);
}

#[test]
fn errors_are_worded_and_placed_as_go_does() {
    check(&[
        (
            "{{ .S.x }}",
            r#"error: template: content:1:5: executing "content" at <.S.x>: can't evaluate field x in type interface {}"#,
        ),
        (
            r#"{{ trunc (add 1 2) "abcdef" }}"#,
            r#"error: template: content:1:16: executing "content" at <2>: wrong type for value; expected int; got int64"#,
        ),
        (
            r#"{{ trunc "a" "b" }}"#,
            r#"error: template: content:1:9: executing "content" at <"a">: expected integer; found "a""#,
        ),
        (
            "{{ index (list 1) 5 }}",
            r#"error: template: content:1:3: executing "content" at <index (list 1) 5>: error calling index: index out of range: 5"#,
        ),
        (
            "{{ div 1 0 }}",
            r#"error: template: content:1:3: executing "content" at <div 1 0>: error calling div: runtime error: integer divide by zero"#,
        ),
        (
            r#"{{ fail "boom" }}"#,
            r#"error: template: content:1:3: executing "content" at <fail "boom">: error calling fail: boom"#,
        ),
        (
            "{{ nil }}",
            r#"error: template: content:1:3: executing "content" at <nil>: nil is not a command"#,
        ),
        (
            "{{ eq 1 1.0 }}",
            r#"error: template: content:1:3: executing "content" at <eq 1 1.0>: error calling eq: incompatible types for comparison"#,
        ),
        (
            "{{ lt true false }}",
            r#"error: template: content:1:3: executing "content" at <lt true false>: error calling lt: invalid type for comparison"#,
        ),
        (
            "{{ len 5 }}",
            r#"error: template: content:1:3: executing "content" at <len 5>: error calling len: len of type int"#,
        ),
        (
            r#"{{ not true }} {{ and 1 0 2 }} {{ or 0 "" "x" }} {{ and }}"#,
            r#"error: template: content:1:52: executing "content" at <and>: wrong number of args for and: want at least 1 got 0"#,
        ),
        (
            r#"{{ range "abc" }}{{ end }}"#,
            r#"error: template: content:1:9: executing "content" at <"abc">: range can't iterate over abc"#,
        ),
        (
            r#"{{ template "zzz" }}"#,
            r#"error: template: content:1:12: executing "content" at <{{template "zzz"}}>: template "zzz" not defined"#,
        ),
        (
            r#"{{ .S "x" }}"#,
            r#"error: template: content:1:3: executing "content" at <.S>: S is not a method but has arguments"#,
        ),
        (
            "{{ 1 | 2 }}",
            "error: template: content:1: non executable command in pipeline stage 2",
        ),
        (
            r#"{{ "x" | .S }}"#,
            r#"error: template: content:1:9: executing "content" at <.S>: S is not a method but has arguments"#,
        ),
        (
            r#"{{ sortAlpha (list "c" "a" 1) }} {{ sortAlpha "x" }} {{ append "x" 1 }}"#,
            r#"error: template: content:1:56: executing "content" at <append "x" 1>: error calling append: Cannot push on type string"#,
        ),
        (
            r#"{{ slice "abcdef" 1 3 }}"#,
            r#"error: template: content:1:3: executing "content" at <slice "abcdef" 1 3>: error calling slice: list should be type of slice or array but string"#,
        ),
        (
            r#"{{ has 1 "abc" }}"#,
            r#"error: template: content:1:3: executing "content" at <has 1 "abc">: error calling has: Cannot find has on type string"#,
        ),
        (
            r#"{{ get "x" "y" }}"#,
            r#"error: template: content:1:7: executing "content" at <"x">: can't handle "x" for arg of type map[string]interface {}"#,
        ),
        (
            r#"{{ mustFromJson "{" }}"#,
            r#"error: template: content:1:3: executing "content" at <mustFromJson "{">: error calling mustFromJson: unexpected end of JSON input"#,
        ),
        (
            r#"{{ semver "abc" }}"#,
            r#"error: template: content:1:3: executing "content" at <semver "abc">: error calling semver: Invalid Semantic Version"#,
        ),
        (
            "{{ upper }}",
            r#"error: template: content:1:3: executing "content" at <upper>: wrong number of args for upper: want 1 got 0"#,
        ),
        (
            r#"{{ upper "a" "b" }}"#,
            r#"error: template: content:1:3: executing "content" at <upper>: wrong number of args for upper: want 1 got 2"#,
        ),
        (
            "{{ sub 1 }}",
            r#"error: template: content:1:3: executing "content" at <sub>: wrong number of args for sub: want 2 got 1"#,
        ),
        (
            "{{ printf }}",
            r#"error: template: content:1:3: executing "content" at <printf>: wrong number of args for printf: want at least 1 got 0"#,
        ),
        (
            "{{ .N.x.y }}",
            r#"error: template: content:1:5: executing "content" at <.N.x.y>: can't evaluate field x in type interface {}"#,
        ),
        (
            "{{ $z := .L }}{{ $z.foo }}",
            r#"error: template: content:1:19: executing "content" at <$z.foo>: can't evaluate field foo in type []interface {}"#,
        ),
        (
            r#"{{ index "abc" "x" }}"#,
            r#"error: template: content:1:3: executing "content" at <index "abc" "x">: error calling index: cannot index slice/array with type string"#,
        ),
        (
            "{{ index 5 1 }}",
            r#"error: template: content:1:3: executing "content" at <index 5 1>: error calling index: can't index item of type int"#,
        ),
        (
            r#"{{ index (dict "a" 1) 1 }}"#,
            r#"error: template: content:1:3: executing "content" at <index (dict "a" 1) 1>: error calling index: value has type int; should be string"#,
        ),
        (
            "{{ index nil 1 }}",
            r#"error: template: content:1:3: executing "content" at <index nil 1>: error calling index: index of untyped nil"#,
        ),
        (
            "{{ slice (list 1 2) 5 }}",
            r#"error: template: content:1:3: executing "content" at <slice (list 1 2) 5>: error calling slice: reflect.Value.Slice: slice index out of bounds"#,
        ),
        (
            r#"{{ substr 5 2 "abc" }}"#,
            r#"error: template: content:1:3: executing "content" at <substr 5 2 "abc">: error calling substr: runtime error: slice bounds out of range [5:2]"#,
        ),
        (
            r#"{{ repeat -1 "a" }}"#,
            r#"error: template: content:1:3: executing "content" at <repeat -1 "a">: error calling repeat: strings: negative Repeat count"#,
        ),
        (
            r#"{{ call "x" }}"#,
            r#"error: template: content:1:3: executing "content" at <call "x">: error calling call: non-function of type string"#,
        ),
        (
            r#"{{ ternary "a" "b" "c" }}"#,
            r#"error: template: content:1:19: executing "content" at <"c">: expected bool; found "c""#,
        ),
        (
            r#"{{ hasKey .L "a" }}"#,
            r#"error: template: content:1:10: executing "content" at <.L>: wrong type for value; expected map[string]interface {}; got []interface {}"#,
        ),
        (
            r#"{{ round "a" "b" }}"#,
            r#"error: template: content:1:13: executing "content" at <"b">: expected integer; found "b""#,
        ),
    ]);
}

#[test]
fn mistakes_in_the_text_name_the_line_and_the_word() {
    check(&[
        (
            "{{ # }}",
            r##"error: template: content:1: unexpected "#" in command"##,
        ),
        ("{{ .Header", "error: template: content:1: unclosed action"),
        (
            "a\n{{ if true }}x",
            "error: template: content:2: unexpected EOF",
        ),
        (
            "{{ end }}",
            "error: template: content:1: unexpected {{end}}",
        ),
        (
            "{{ else }}",
            "error: template: content:1: unexpected {{else}}",
        ),
        (
            "{{ nope 1 }}",
            r#"error: template: content:1: function "nope" not defined"#,
        ),
        (
            "{{ $x }}",
            r#"error: template: content:1: undefined variable "$x""#,
        ),
        (
            "{{ break }}",
            "error: template: content:1: {{break}} outside {{range}}",
        ),
        (
            r#"{{ "a }}"#,
            "error: template: content:1: unterminated quoted string",
        ),
        (
            "{{ 1 | 2 }}",
            "error: template: content:1: non executable command in pipeline stage 2",
        ),
        (
            "{{ /* }}",
            "error: template: content:1: unexpected \"/\" in command",
        ),
        (
            "{{ () }}",
            "error: template: content:1: missing value for parenthesized pipeline",
        ),
    ]);
}

#[test]
fn a_version_prints_as_its_text() {
    check(&[(
        r#"{{ semver "v1.2.3-rc.1" }} {{ (semver "1.2").Minor }}"#,
        "1.2.3-rc.1 2",
    )]);
}

#[test]
fn newer_go_has_ranges_over_numbers_and_else_with() {
    check(&[
        (
            "{{ range 3 }}{{ . }}{{ end }}{{ range $i := 2 }}{{ $i }}{{ end }}",
            "01201",
        ),
        (
            "{{ with 0 }}a{{ else with 5 }}{{ . }}{{ else }}c{{ end }}",
            "5",
        ),
    ]);
}

#[test]
fn what_would_not_end_is_stopped_with_its_place() {
    let cases = [
        (
            r#"{{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }}"#,
            "maximum template depth",
        ),
        (
            "{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}",
            "steps",
        ),
        (r#"{{ repeat 100000000 "x" }}"#, "longer than"),
        (
            r#"{{ $s := repeat 10000000 "x" }}{{ range until 100 }}{{ $s }}{{ end }}"#,
            "output is longer",
        ),
        ("{{ until 100000000 }}", "more than"),
        (
            r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toJson $d }}"#,
            "nested more than",
        ),
        (
            "{{ $l := list }}{{ range until 30 }}{{ $l = list $l $l }}{{ end }}{{ len (print $l) }}",
            "",
        ),
    ];
    for (template, want) in cases {
        let got = run(template);
        let place = want.is_empty() || got.starts_with("error: template: content:1:");
        assert!(place && got.contains(want), "{template}: {got}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,60}") {
        run(&text);
    }

    #[test]
    fn any_actions_run_or_fail(parts in proptest::collection::vec(proptest::sample::select(vec![
        "{{ ", " }}", "{{- ", " -}}", "if ", "range ", "with ", "end", "else ", ".L ", ".S ", "$x ", ":= ", "| ",
        "list ", "dict ", "until 5 ", "printf \"%5.2q%v%[1]d\" ", "1 ", "(", ") ", "index ", "slice ", "break ",
        "define \"t\" ", "template \"t\" ", "nil ", "-2 ", "substr ", "wrap ", "chunk ", "join \",\" ", "text ",
    ]), 0..25)) {
        run(&parts.concat());
    }
}
