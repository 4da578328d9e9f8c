"""`rnnsweep parameters`, `help`, and the man pages, which are made from the same tables as --help."""

import json
import subprocess
import unittest

from program import PROGRAM, ProgramTest


def commands(general_help):
    lines = general_help.split("\nCommands:\n")[1].split("\n\n")[0].splitlines()
    return [line.split()[0] for line in lines]


class Parameters(ProgramTest):
    def test_every_parameter_has_a_line_and_a_page(self):
        out, _ = self.call("parameters", "--json")
        parameters = json.loads(out)["parameters"]
        table, _ = self.call("parameters")
        self.assertGreater(len(parameters), 30)
        for each in parameters:
            self.assertIn(f"\n{each['name']} ", table)
            page, _ = self.call("parameters", each["name"])
            self.assertTrue(page.startswith(f"{each['name']}: {each['meaning']}\n"))
            self.assertIn("\n  default ", page)
            self.assertIn("\n  allowed ", page)

    def test_defaults_and_ranges_are_those_of_the_sweep_reader(self):
        for each in json.loads(self.call("parameters", "--json")[0])["parameters"]:
            value = {None: "none", True: "true", False: "false"}.get(each["default"])
            if value is None or each["kind"] != "flag" and each["default"] is not None:
                value = each["default"]
            self.write("default.yaml", f"method: grid\nparameters: {{{each['name']}: {value}}}\n")
            self.call("plan", "default.yaml")
            for bound, step in (("minimum", -1), ("maximum", 1), ("above", 0), ("below", 0)):
                if bound in each:
                    wrong = each[bound] + step
                    self.write("wrong.yaml", f"method: grid\nparameters: {{{each['name']}: {wrong}}}\n")
                    _, err = self.call("plan", "wrong.yaml", code=65)
                    self.assertIn(each["name"], err)

    def test_where_a_parameter_applies(self):
        out, _ = self.call("parameters", "nesterov", "states")
        self.assertIn("  applies  with optimizer rmsprop or sgd\n           and momentum above 0\n",
                      out)
        self.assertIn("\nstates: ", out)
        out, _ = self.call("parameters", "batch_size")
        self.assertIn("batch_size is at most train_samples", out)
        beta1, = json.loads(self.call("parameters", "beta1", "--json")[0])["parameters"]
        self.assertEqual(beta1["applies"], [{"parameter": "optimizer", "values": ["adam"]}])
        text, _ = self.call("parameters", "check_interval")
        self.assertIn("  applies  with validation_samples above 0\n           or stop_loss\n", text)
        found = json.loads(self.call("parameters", "check_interval", "--json")[0])["parameters"][0]
        self.assertEqual(found["applies"][0]["any"][0], {"parameter": "validation_samples", "above": 0})
        self.assertEqual(found["applies"][0]["any"][3], {"parameter": "patience", "not": None})
        self.assertEqual((beta1["minimum"], beta1["below"], beta1["default"]), (0, 1, 0.9))

    def test_names_of_other_tools(self):
        self.refuse(64, "'lr' is no parameter: rnnsweep calls it 'learning_rate'",
                    "parameters", "lr")
        self.refuse(64, "'Hidden-Size' is no parameter: rnnsweep calls it 'states'",
                    "parameters", "Hidden-Size")
        self.refuse(64, "'stats' is no parameter; did you mean states? See `rnnsweep parameters`",
                    "parameters", "stats")
        self.refuse(64, "'zzz' is no parameter; see `rnnsweep parameters`", "parameters", "zzz")


class Help(ProgramTest):
    def test_help_command_prints_what_the_option_prints(self):
        self.assertEqual(self.call("help"), self.call("--help"))
        for command in commands(self.call("help")[0]):
            self.assertEqual(self.call("help", command), self.call(command, "--help"))
        self.refuse(64, "unknown command 'rum'; did you mean run? *", "help", "rum")
        self.refuse(64, "unknown command 'rum'; did you mean run? *", "help", "--man", "rum")

    def test_habits_from_other_programs(self):
        for option, hint in (("--dry-run", "`rnnsweep plan` shows what would be trained"),
                             ("--jobs", "--threads is the number of threads"),
                             ("--workers", "--threads is the number of threads"),
                             ("--overwrite", "--fresh moves an existing file aside")):
            self.refuse(64, f"unknown option {option}: {hint}", "run", "s.yaml", option)
        self.refuse(64, "unknown option --jobs; see `rnnsweep show --help`",
                    "show", "x.h5", "0", "--jobs")


class Manual(ProgramTest):
    def test_pages_have_no_warnings_and_hold_every_option(self):
        names = commands(self.call("help")[0])
        pages = {"rnnsweep": self.call("help", "--man")[0]}
        for name in names:
            pages[f"rnnsweep-{name}"] = self.call("help", "--man", name)[0]
        for name, page in pages.items():
            done = subprocess.run(["groff", "-man", "-ww", "-Tascii", "-P-cbou", "-rLL=200n"],
                                  input=page, capture_output=True, text=True, check=True)
            self.assertEqual(done.stderr, "", name)
            for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "SEE ALSO"):
                self.assertIn(f"\n{section}\n", "\n" + done.stdout, name)
            if name == "rnnsweep":
                for command in names:
                    self.assertIn(f"rnnsweep-{command}(1)", done.stdout)
                continue
            help_page, _ = self.call(name.partition("-")[2], "--help")
            for line in help_page.partition("\nOptions:\n")[2].partition("\n\n")[0].splitlines():
                option = line.split("--", 1)[1].split()[0]
                self.assertIn(f"--{option}", done.stdout, name)
            for line in help_page.partition("\nExamples:\n")[2].splitlines():
                self.assertIn(line.strip(), done.stdout, name)


if __name__ == "__main__":
    unittest.main()
