"""The composition root: settings are read once, parts are built and joined here and nowhere else.

app = App.from_environment()
app.may(Action.SEND_RECORDS, Resource(site="north"))
app.intake.take_in(path, "north")
"""

from lakmus.app.installation import App, settings

__all__ = ["App", "settings"]
