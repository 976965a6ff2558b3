"""Words of Python's documentation that belong together, written down by hand before any vectors were trained.

They are what trained vectors are scored with. All of them occur at least five times in ``load_docs_words``.
"""

from __future__ import annotations

_PAIRS = (
    # twins and opposites
    "true false, left right, upper lower, uppercase lowercase, first second, before after, start stop, "
    "less greater, prefix suffix, removeprefix removesuffix, mutable immutable, positive negative, start end, "
    "global nonlocal, globals locals, global local, enter exit, setitem getitem, getattr setattr, setattr delattr, "
    "getattribute getattr, lt gt, le ge, eq ne, mul add, radd rsub, two three, three four, "
    # of one kind
    "list tuple, lists tuples, dict dictionary, int float, integer float, integers numbers, real imaginary, "
    "decimal octal, bin hex, addition multiplication, multiplication division, bitwise shift, xor or, and or, "
    "break continue, spam eggs, foo bar, typeerror valueerror, indexerror keyerror, string bytes, bytes bytearray, "
    "set frozenset, function method, attribute method, attributes methods, "
    "tuple sequence, python cpython, "
    # that go together
    "class instance, classes instances, subclass class, metaclass class, bases mro, import module, module package, "
    "raise exception, raises exception, try except, except finally, if else, else elif, yield generator, "
    "await coroutine, async await, key value, keys values, mapping dictionary, scope namespace, "
    "positional keyword, argument parameter, arguments parameters, context manager, iterator iterable, "
    "iter next, index slice, match case, pattern subject, digits decimal, breakpoint breakpoints, pdb debugger, "
    "lambda expression, nameerror unboundlocalerror, fill width, weak references, garbage collection, "
    "unary arithmetic, replacement field, format specification"
)
#: Opposites, twins, and words that come together, as a reader of the language reference knows them.
WORD_PAIRS = tuple((one, other) for one, other in map(str.split, _PAIRS.split(", ")))

#: a is to b as c is to d.
ANALOGIES = tuple(
    tuple(words.split())
    for words in (
        "class classes object objects",
        "class classes function functions",
        "function functions method methods",
        "string strings number numbers",
        "key keys value values",
        "argument arguments parameter parameters",
        "attribute attributes method methods",
        "instance instances class classes",
        "call calls return returns",
        "raise raises return returns",
        "call called define defined",
        "import imported define defined",
        "create created define defined",
        "lt gt le ge",
        "add radd sub rsub",
        "getattr setattr getitem setitem",
        "first second left right",
        "list lists tuple tuples",
        "upper uppercase lower lowercase",
        "int integer str string",
    )
)

#: a is to b as c is to d, in everyday words: for a table that was learnt from ordinary texts.
EVERYDAY_ANALOGIES = tuple(
    tuple(words.split())
    for words in (
        "man king woman queen",
        "man woman boy girl",
        "father mother son daughter",
        "he she his her",
        "france paris italy rome",
        "germany berlin japan tokyo",
        "spain madrid russia moscow",
        "england london greece athens",
        "germany german france french",
        "china chinese japan japanese",
        "good better bad worse",
        "big bigger small smaller",
        "high highest low lowest",
        "walk walked talk talked",
        "go went come came",
        "play playing run running",
        "car cars child children",
        "day days year years",
        "quick quickly slow slowly",
        "actor actress prince princess",
        "buy bought sell sold",
    )
)
