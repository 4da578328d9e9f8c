#!/usr/bin/env python3
"""The notebooks run from top to bottom, and print what they show."""
import os
import tempfile
import unittest

import nbformat
from nbclient import NotebookClient

import sweeps

NOTEBOOKS = {"lab.ipynb": 6, "fixed-points.ipynb": 5}  # and the pictures that they show at least


def printed(cell) -> str:
    """Streams and results of a cell as text; pictures by name and size."""
    parts = [output.get("text") or output.get("data", {}).get("text/plain", "") + "\n"
             for output in cell.outputs]
    return "".join(parts)


class Notebook(unittest.TestCase):
    def test_runs_and_prints_what_it_shows(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.environ.update({
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # of the debugger, which warns else
            # Nothing of the user's, neither kernels nor settings, and nothing left behind.
            **{name: folder.name for name in
               ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")}})
        for name, least in NOTEBOOKS.items():
            with self.subTest(notebook=name):
                self.assertGreaterEqual(self.pictures_of(sweeps.PACKAGE / name), least)

    def pictures_of(self, notebook):
        """How many pictures a notebook shows that has run and printed what is stored in it."""
        stored = nbformat.read(notebook, as_version=4)
        fresh = nbformat.read(notebook, as_version=4)
        for cell in fresh.cells:
            cell.outputs = []
        NotebookClient(fresh, timeout=300, kernel_name="python3",
                       resources={"metadata": {"path": str(notebook.parent)}}).execute()
        pictures = 0
        for number, (shown, ran) in enumerate(zip(stored.cells, fresh.cells)):
            if shown.cell_type == "code":
                with self.subTest(cell=number, source=shown.source[:60]):
                    self.assertEqual(printed(ran), printed(shown))
                    pictures += sum("image/png" in output.get("data", {})
                                    for output in ran.outputs)
        return pictures


if __name__ == "__main__":
    unittest.main()
