"""What the chapters say of PyTorch in "Then and now", proved where it is installed.

``test_NN_name.py`` belongs to the chapter of that name. It holds the code of the chapter's column to the letter, but
for white space (``tests/course/test_chapters.py`` looks it up without torch), and shows that it gives the numbers of
our function or of Keras. Torch is no dependency of ours: each module starts with

    torch = pytest.importorskip("torch")
"""
