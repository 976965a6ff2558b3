"""nbgrader's settings for this course: `nbgrader generate_assignment`, `autograde`, … read them in this folder."""

from rnncourse.grading import releases

c = get_config()  # noqa: F821, nbgrader provides it

c.CourseDirectory.course_id = "rnncourse"
c.CourseDirectory.source_directory = "solutions"  # where a chapter is written
c.CourseDirectory.release_directory = "course"  # what a learner opens

# What a solution is replaced by. `check` and `grade` know a function that raises this as "not attempted".
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}

# Where the mistake of a function is to be found, the function with its mistake takes the stub's place.
c.GenerateAssignment.preprocessors = releases.steps()

# A chapter may train a model; no single cell takes longer than a minute on two cores.
c.ExecutePreprocessor.timeout = 180

# Feedback pages show the still picture of a figure with sliders, which stored widget state would hide.
c.ExecutePreprocessor.store_widget_state = False

# Feedback pages and formgrader show formulas without a network, and nothing of a learner's runs or loads there.
c.HTMLExporter.filters = {"markdown2html": "rnncourse.grading.harmless.for_formgrader"}
c.GenerateFeedback.exporter_class = "rnncourse.grading.feedback_page.FeedbackPage"
