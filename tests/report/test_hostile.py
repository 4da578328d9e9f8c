#!/usr/bin/env python3
"""Text of a results file stays text: whatever a file says, the page runs no script but its own."""
import re
import shutil
import unittest

import h5py

from browser import Page
from studies import STUDY, Study, write_report

ATTACKS = (
    "</script><script>window.owned = 1</script>",
    "</script ><script >window.owned = 1</script >",
    "<img src=x onerror='window.owned = 1'>",
    "\"><svg onload=window.owned=1>",
    "<!--<script>",
    "</style><script>window.owned = 1</script>",
    "javascript:window.owned=1",
    "${window.owned = 1} `$title` \\u003cb>\u2028 &lt;i&gt; \U0001f600",
)
ATTACK = " ".join(ATTACKS)


class Hostile(Study):
    PARAMETERS = {**STUDY, "learning_rate": 0.05}
    SEEDS = 2

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        path = cls.folder / "<img src=x onerror=window.owned=1>.h5"
        shutil.copy(cls.folder / "study.h5", path)
        with h5py.File(path, "r+") as file:
            for name in list(file.attrs):
                if isinstance(file.attrs[name], (str, bytes)) and name != "rnnsweep_sweep_hash" \
                        and name not in ("rnnsweep_metric", "rnnsweep_goal"):
                    file.attrs[name] = ATTACK
            for name, column in file.items():
                if "long_name" in column.attrs:
                    column.attrs["long_name"] = ATTACK
            file["batching"].attrs["flag_meanings"] = "<img/src=x/onerror=window.owned=1> </script> <b>"
            file["batching"][1::2] = 1
        cls.report = write_report(path, cls.folder / "report.html")
        cls.page = Page()
        cls.addClassCleanup(cls.page.close)
        cls.page.open(cls.report)

    def test_no_script_but_that_of_the_page(self):
        self.assertEqual(self.page.complaints(), [])
        self.assertFalse(self.page.script("return 'owned' in window"))
        self.assertEqual(self.page.count("img, iframe, object, [onload], [onerror]"), 0)
        self.assertEqual(self.page.count("script"), 2)

    def test_the_text_is_shown_as_it_is(self):
        self.assertEqual(self.page.text("h1"), ATTACK)
        self.assertEqual(self.page.script("return document.title"), re.sub("[\t\n\f\r ]+", " ", ATTACK))
        self.assertIn(ATTACK, self.page.text("pre"))
        self.assertIn(ATTACK, self.page.text("#effects"))
        self.assertIn("<img/src=x/onerror=window.owned=1>", self.page.text("#best"))

    def test_the_policy_of_the_page_stops_what_gets_in_all_the_same(self):
        self.page.script("""
            const script = document.createElement("script");
            script.textContent = "window.owned = 1";
            document.body.append(script);""")
        self.assertFalse(self.page.script("return 'owned' in window"))
        self.assertTrue(any("Content Security Policy" in text for text in self.page.complaints()))


if __name__ == "__main__":
    unittest.main()
