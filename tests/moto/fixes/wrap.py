"""How a fix hangs itself behind a method of moto's."""


def after(cls, method):
    """Decorator: runs the function after cls.method, on the same object and with its answer, and gives that answer back."""

    def wrap(then):
        before = getattr(cls, method)

        def both(self, *args, **kwargs):
            answer = before(self, *args, **kwargs)
            then(self, answer, *args, **kwargs)
            return answer

        setattr(cls, method, both)
        return then

    return wrap
