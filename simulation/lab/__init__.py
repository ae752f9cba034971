"""How does a class play with the model? A page in the browser, served from this machine, and its export as one file.

The rooms, in the order in which data flow: `controls` (what can be set, and how far), `session` (one world that is
stepped and changed), `frames` (what it tells the page), `people` (all about one person), `desk` (what one browser
asks for), `take` (what can be taken away), `server` (the web), `lesson` (a run as one self-contained file). The page
itself is in ``page/``: HTML, CSS and plain scripts, the same files in the server and in the export.
"""
