"""Sweeps that are watched: pages as text, on a terminal and for a browser, against `summary`."""

import html.parser
import os
import pty
import re
import signal
import subprocess
import time
import unittest

from program import PROGRAM, SMALL, ProgramTest, environment

COUNTS = re.compile(r"(\d+) of (\d+) runs \(")


class Page(html.parser.HTMLParser):
    """Texts of a page by element, and its attributes."""

    def __init__(self, text):
        super().__init__()
        self.open, self.texts, self.attributes = [], {}, {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.attributes.setdefault(tag, []).append(dict(attributes))

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data


class Watch(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SMALL)

    def watch_for(self, seconds, *arguments, **more):
        """What is printed until the signal."""
        process = subprocess.Popen([PROGRAM, "watch", *arguments], cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(**more))
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, err), (0, ""))
        return out

    def test_a_sweep_that_is_finished(self):
        self.call("run", "s.yaml", "-o", "all.h5")
        out, _ = self.call("watch", "all.h5")
        self.assertIn("[##############################]  12 of 12 runs (100.0 %): 12 done, 0 diverged", out)
        self.assertIn("\nevery run is finished\n", out)
        ranked = self.call("summary", "all.h5")[0].partition("\nscore:")[0]
        self.assertIn(f"\nBest by test_accuracy, of 4 configurations:\n{ranked}\n", out)
        out, _ = self.call("watch", "all.h5", "--top", "1")
        self.assertIn(self.call("summary", "all.h5", "--top", "1")[0].partition("\nscore:")[0], out)
        self.assertNotIn(ranked.splitlines()[2], out)

    def test_shards_are_ranked_together(self):
        shards = [f"s.{index}-of-3.h5" for index in (1, 2, 3)]
        for index in (1, 2, 3):
            self.call("run", "s.yaml", "--shard", f"{index}/3", "-o", "s.h5")
        self.call("merge", "all.h5", *shards)
        (self.folder / "room").mkdir()
        out, _ = self.call("watch", *shards, TMPDIR=str(self.folder / "room"))
        self.assertIn("\n3 files are complete\n", out)
        self.assertIn(self.call("summary", "all.h5")[0].partition("\nscore:")[0], out)
        self.assertEqual(list((self.folder / "room").iterdir()), [])

    def test_some_shards(self):
        for index in (1, 2):
            run = self.start("run", "s.yaml", "epochs=4000", "-j1", "--shard", f"{index}/2", "-o", "a<b.h5")
            run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(timeout=60), 75)
        shards = ("a<b.1-of-2.h5", "a<b.2-of-2.h5")
        done = sum(self.finished(shard) for shard in shards)
        out = self.watch_for(1, *shards, "--html", "page.html", "--every", "7")
        self.assertEqual(COUNTS.search(out).groups(), (str(done), "12"))
        self.assertIn("first look; ", out)
        page = Page((self.folder / "page.html").read_text())
        self.assertIn({"http-equiv": "refresh", "content": "7"}, page.attributes["meta"])
        self.assertIn(f"{done} of 12 runs", page.texts["p"])
        self.assertAlmostEqual(float(page.attributes["progress"][0]["value"]), done / 12, delta=1e-3)
        for shard in shards:
            self.assertIn(shard, page.texts["pre"])

    def test_it_ends_with_the_sweep(self):
        run = subprocess.Popen([PROGRAM, "run", "s.yaml", "epochs=400", "-j1", "-o", "all.h5", "--progress", "none"],
                               cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env=environment())
        while not (self.folder / "all.h5").exists():
            time.sleep(0.01)
        out, _ = self.call("watch", "all.h5", "--every", "1", "--html", "page.html")
        self.assertEqual(run.wait(), 0)
        counts = [int(finished) for finished, _ in COUNTS.findall(out)]
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(counts[-1], 12)
        page = Page((self.folder / "page.html").read_text())
        self.assertNotIn("http-equiv", str(page.attributes["meta"]))
        self.assertIn("every run is finished", page.texts["p"])
        self.assertIn("Best by test_accuracy", page.texts["pre"])

    def test_on_a_terminal(self):
        self.call("run", "s.yaml", "--shard", "1/3", "-o", "s.h5")
        leader, follower = pty.openpty()
        process = subprocess.Popen([PROGRAM, "watch", "s.1-of-3.h5"], cwd=self.folder, stdout=follower,
                                   stderr=follower, env=environment(TERM="xterm"))
        os.close(follower)
        shown = b""
        while b"\x1b[J" not in shown:
            shown += os.read(leader, 4096)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 0)
        while True:
            try:
                more = os.read(leader, 4096)
            except OSError:  # the end, on Linux
                break
            if not more:
                break
            shown += more
        os.close(leader)
        self.assertTrue(shown.startswith(b"\x1b[?1049h\x1b[?25l\x1b[H"))
        page, left, after = shown.partition(b"\x1b[?25h\x1b[?1049l")
        self.assertTrue(left)
        self.assertIn(b"of 12 runs", page)
        self.assertIn(b"of 12 runs", after)  # the last page stays
        self.assertLessEqual(max(map(len, page.split(b"\r\n")[1:-1])), 80 + len("\x1b[K"))

    def test_results_are_not_written_over(self):
        self.call("run", "s.yaml", "-o", "all.h5")
        before = (self.folder / "all.h5").read_bytes()
        self.refuse(64, "--html all.h5: is a results file, or another HDF5 file*", "watch", "all.h5",
                    "--html", "all.h5")
        self.assertEqual((self.folder / "all.h5").read_bytes(), before)
        self.refuse(73, "--html no/page.html: cannot write the page: No such file*", "watch", "all.h5",
                    "--html", "no/page.html")
        self.refuse(74, "none.h5: *No such file*", "watch", "none.h5")


if __name__ == "__main__":
    unittest.main()
