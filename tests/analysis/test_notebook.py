#!/usr/bin/env python3
"""lab.ipynb runs from top to bottom, and prints what it shows."""
import os
import tempfile
import unittest

import nbformat
from nbclient import NotebookClient

import sweeps

NOTEBOOK = sweeps.PACKAGE / "lab.ipynb"


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
        stored = nbformat.read(NOTEBOOK, as_version=4)
        fresh = nbformat.read(NOTEBOOK, as_version=4)
        for cell in fresh.cells:
            cell.outputs = []
        NotebookClient(fresh, timeout=300, kernel_name="python3",
                       resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
        pictures = 0
        for number, (shown, ran) in enumerate(zip(stored.cells, fresh.cells)):
            if shown.cell_type == "code":
                with self.subTest(cell=number, source=shown.source[:60]):
                    self.assertEqual(printed(ran), printed(shown))
                    pictures += sum("image/png" in output.get("data", {})
                                    for output in ran.outputs)
        self.assertGreater(pictures, 5)


if __name__ == "__main__":
    unittest.main()
