#!/usr/bin/env python3
"""The JSON Schema over all right and wrong sweep files: test_schema.py RNNSWEEP."""

import json
import pathlib
import re
import subprocess
import sys
import unittest

import jsonschema
import yaml

HERE = pathlib.Path(__file__).parent
EXPERIMENTS = HERE.parent.parent / "experiments"

# Wrong for reasons that lie between keys or documents, or in what a YAML reader lets pass.
BEYOND = set("""
    distribution_open_end merge_itself nul_escape wandb_nested
    base_folder base_missing base_not_yaml base_of_base base_of_several base_wrong
    batch_exceeds_default batch_exceeds_samples data_seed_empty distribution_constant_values
    distribution_in_grid distribution_int_fraction distribution_log_zero distribution_num
    distribution_swapped early_terminate_initial_loss early_terminate_keep_count
    early_terminate_keep_order early_terminate_later early_terminate_test_loss
    early_terminate_too_late empty exclude_everything grid_with_configurations list_batch list_with_grid
    normal_never_allowed only_comment probabilities_count probabilities_in_grid probabilities_sum
    product_overflow product_too_large random_batch range_equal range_log_zero range_num_missing
    range_swapped range_too_dense real_overflow repeated_key repeated_key_quoted run_cap_of_overflow
    sampler_seed_in_grid second_document_name seeds_beside_earlier seeds_past_end sum_of_documents
    test_lengths_later test_lengths_reversed tag too_many_anchors too_many_to_compare utf16 wandb_early_no_band when_chain when_in_list when_itself zip_batch
    zip_in_random zip_single_value zip_twice zip_unequal
""".split())


class CoreLoader(yaml.SafeLoader):
    """Scalars by the core schema of YAML 1.2, as editors and rnnsweep read them."""
    yaml_implicit_resolvers = {}


CoreLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(~|null|Null|NULL|)$"),
                                 ["~", "n", "N", ""])
CoreLoader.add_implicit_resolver("tag:yaml.org,2002:bool",
                                 re.compile("^(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
CoreLoader.add_implicit_resolver("tag:core,int", re.compile(r"^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"),
                                 list("-+0123456789"))
CoreLoader.add_implicit_resolver(
    "tag:core,float", re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"))
CoreLoader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile("^<<$"), ["<"])
CoreLoader.add_constructor("tag:core,int", lambda loader, node: int(
    node.value, 0 if node.value[:2] in ("0x", "0o") else 10))
CoreLoader.add_constructor("tag:core,float", lambda loader, node: float(node.value))


def documents(path):
    return list(yaml.load_all(path.read_bytes(), Loader=CoreLoader))


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        text = subprocess.run([sys.argv[1], "schema"], check=True, capture_output=True).stdout
        schema = json.loads(text)
        jsonschema.Draft7Validator.check_schema(schema)
        cls.validator = jsonschema.Draft7Validator(schema)

    def test_right_files(self):
        paths = sorted(EXPERIMENTS.glob("*.yaml")) + sorted((HERE / "good").glob("*.yaml"))
        self.assertGreater(len(paths), 5)
        for path in paths:
            for document in documents(path):
                with self.subTest(path.name):
                    self.validator.validate(document)

    def test_wrong_files(self):
        unseen = set()
        checked = 0
        for path in sorted((HERE / "bad").glob("*.yaml")):
            if path.with_suffix(".args").exists():
                continue
            try:
                parsed = documents(path)
            except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
                continue  # not YAML, which an editor says without a schema
            checked += 1
            if all(self.validator.is_valid(document) for document in parsed):
                unseen.add(path.stem)
        self.assertGreater(checked, 100)
        self.assertEqual(unseen, BEYOND)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
