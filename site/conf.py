"""Sphinx's settings for the website; ``make site`` writes what it reads, and runs it. No page loads from elsewhere."""

import os

repository = os.environ.get("REPOSITORY", "")

project = "rnncourse"
author = "The rnncourse authors"
copyright = "The rnncourse authors. Text and figures: CC BY 4.0; code: BSD-3-Clause"
language = "en"

extensions = ["myst_nb", "tools.website.mathml"]
myst_enable_extensions = ["attrs_inline", "colon_fence", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
nb_execution_mode = "off"  # a page shows what is stored
nb_merge_streams = True
nb_ipywidgets_js = {}  # a script from elsewhere, and there are no widgets
suppress_warnings = ["mystnb.mime_priority"]
smartquotes = False
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "sphinx_book_theme"
html_title = "rnncourse"
html_favicon = "_static/favicon.svg"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None
html_baseurl = os.environ.get("SITE_ADDRESS", "")
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "search_as_you_type": True,
    "navbar_start": [],
    "navbar_center": [],
    "navbar_end": [],
    "navbar_persistent": [],
}
if repository:
    html_theme_options |= {
        "repository_url": repository,
        "repository_branch": "main",
        "path_to_docs": "",
        "use_repository_button": True,
        "use_issues_button": True,
        "launch_buttons": {
            "notebook_interface": "jupyterlab",
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
        },
    }
