"""How does a class play with the model? A page in the browser, served from this machine, and its export as one file.

The rooms, in the order in which data flow: `controls` (what can be set, and how far), `session` (one world that is
stepped and changed), `frames` (what it tells the page), `people` (all about one person), `desk` (what one browser
asks for), `take` (what can be taken away), `server` (the web), `recording` (a run to replay), `onefile` (a page as one
self-contained file). Beside them stand `lessons` (what is taught), `studies` (the small sweeps behind it), `explore`
(sliders through what has been run), `teaching` (the teacher's page) and `mesa_page` (Mesa's face). The pages are in
``page/``: HTML, CSS and plain scripts, the same files in the server and in the export.
"""
