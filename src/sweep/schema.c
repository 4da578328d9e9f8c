#include "schema.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "draw.h"
#include "spec.h"

/* A text as a JSON string. */
static void put_string(FILE *stream, const char *text)
{
    fputc('"', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

static void put_words(FILE *stream, const char *const words[])
{
    fputs("{\"enum\": [", stream);
    for (size_t i = 0; words[i] != NULL; i++) {
        fputs(i > 0 ? ", " : "", stream);
        put_string(stream, words[i]);
    }
    fputs("]}", stream);
}

static void put_choices(FILE *stream, const rs_parameter *parameter)
{
    char name[RS_PARAMETER_TEXT];
    fputs("{\"enum\": [", stream);
    for (uint32_t i = 0; rs_parameter_allows(parameter, i); i++) {
        rs_parameter_choice_name(parameter, i, name, sizeof name);
        fputs(i > 0 ? ", " : "", stream);
        put_string(stream, name);
    }
    fputs("]}", stream);
}

static void put_bounds(FILE *stream, const rs_parameter *parameter, const char *type)
{
    fprintf(stream, "{\"type\": \"%s\"", type);
    if (isfinite(parameter->min))
        fprintf(stream, ", \"%s\": %.17g", parameter->min_open ? "exclusiveMinimum" : "minimum",
                parameter->min);
    if (isfinite(parameter->max))
        fprintf(stream, ", \"%s\": %.17g", parameter->max_open ? "exclusiveMaximum" : "maximum",
                parameter->max);
    fputc('}', stream);
}

/* One value of the parameter. */
static void put_value(FILE *stream, const rs_parameter *parameter)
{
    switch (parameter->kind) {
    case RS_KIND_COUNT:
        put_bounds(stream, parameter, "integer");
        break;
    case RS_KIND_REAL:
        if (parameter->optional)
            fputs("{\"anyOf\": [", stream);
        put_bounds(stream, parameter, "number");
        if (parameter->optional)
            fputs(", {\"enum\": [\"none\", null]}]}", stream);
        break;
    case RS_KIND_CHOICE:
        put_choices(stream, parameter);
        break;
    case RS_KIND_FLAG:
        fputs("{\"type\": \"boolean\"}", stream);
        break;
    case RS_KIND_WHOLE:
        fprintf(stream,
                "{\"anyOf\": [{\"type\": \"integer\", \"minimum\": %.0f, \"maximum\": %.0f}, "
                "{\"enum\": [\"none\", null]}]}",
                parameter->min, parameter->max);
        break;
    }
}

/* A range may end at an open bound of the parameter. */
static void put_end(FILE *stream, const rs_parameter *parameter)
{
    rs_parameter closed = *parameter;
    closed.min_open = closed.max_open = false;
    put_value(stream, &closed);
}

/* The definitions of each parameter: one value, its entry in `parameters`, and a condition on
 * it. */
static void put_parameter(FILE *stream, const rs_parameter *parameter)
{
    const char *name = parameter->name;
    bool ordered = parameter->kind != RS_KIND_CHOICE && parameter->kind != RS_KIND_FLAG;
    fprintf(stream, "    \"%s\": ", name);
    put_value(stream, parameter);
    fprintf(stream,
            ",\n    \"%s values\": {\"type\": \"array\", \"minItems\": 1, \"items\": "
            "{\"$ref\": \"#/definitions/%s\"}},\n    \"%s form\": {\"description\": ",
            name, name, name);
    put_string(stream, parameter->meaning);
    fprintf(stream,
            ", \"anyOf\": [{\"$ref\": \"#/definitions/%s\"}, "
            "{\"$ref\": \"#/definitions/%s values\"},\n"
            "      {\"type\": \"object\", \"additionalProperties\": false, "
            "\"oneOf\": [{\"required\": [\"value\"]}, {\"required\": [\"values\"]}, "
            "{\"required\": [\"min\", \"max\"]}, {\"required\": [\"distribution\"], "
            "\"properties\": {\"distribution\": {\"enum\": [\"normal\", \"q_normal\", "
            "\"log_normal\", \"q_log_normal\"]}}}],\n"
            "        \"properties\": {\n"
            "        \"value\": {\"$ref\": \"#/definitions/%s\"},\n"
            "        \"values\": {\"$ref\": \"#/definitions/%s values\"},\n",
            name, name, name, name);
    if (ordered) {
        fputs("        \"min\": ", stream);
        put_end(stream, parameter);
        fputs(",\n        \"max\": ", stream);
        put_end(stream, parameter);
        fprintf(stream,
                ",\n        \"num\": {\"type\": \"integer\", \"minimum\": 2, \"maximum\": %d},\n"
                "        \"spacing\": {\"enum\": [\"linear\", \"log\"]},\n"
                "        \"q\": {\"type\": \"number\", \"exclusiveMinimum\": 0},\n"
                "        \"mu\": {\"type\": \"number\"},\n"
                "        \"sigma\": {\"type\": \"number\", \"exclusiveMinimum\": 0},\n",
                RS_AXIS_PLACES);
    }
    fprintf(stream,
            "        \"probabilities\": {\"type\": \"array\", \"items\": {\"type\": \"number\", "
            "\"minimum\": 0}},\n"
            "        \"distribution\": {\"$ref\": \"#/definitions/distributions\"},\n"
            "        \"when\": {\"$ref\": \"#/definitions/conditions\"}}}]},\n"
            "    \"%s condition\": {\"anyOf\": [{\"$ref\": \"#/definitions/%s\"}, "
            "{\"$ref\": \"#/definitions/%s values\"}%s]},\n",
            name, name, name, ordered ? ", {\"$ref\": \"#/definitions/bounds\"}" : "");
}

/* The "properties" of an object with a key for every parameter; `suffix` chooses the definition. */
static void put_properties(FILE *stream, const char *suffix)
{
    fputs("{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {", stream);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        fprintf(stream, "%s\n      \"%s\": {\"$ref\": \"#/definitions/%s%s\"}", i > 0 ? "," : "",
                rs_parameters[i].name, rs_parameters[i].name, suffix);
    fputs("}}", stream);
}

/* The contents of `parameters`: parameters, and groups as W&B nests them, which may be named like a
 * parameter. */
static void put_parameters(FILE *stream)
{
    fputs("    \"group\": {\"type\": \"object\", \"required\": [\"parameters\"], "
          "\"additionalProperties\": false, \"properties\": {\"parameters\": {\"$ref\": "
          "\"#/definitions/parameters\"}}},\n"
          "    \"parameters\": {\"type\": \"object\", \"additionalProperties\": {\"$ref\": "
          "\"#/definitions/group\"}, \"properties\": {",
          stream);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        fprintf(stream,
                "%s\n      \"%s\": {\"anyOf\": [{\"$ref\": \"#/definitions/%s form\"}, "
                "{\"$ref\": \"#/definitions/group\"}]}",
                i > 0 ? "," : "", rs_parameters[i].name, rs_parameters[i].name);
    fputs("}},\n", stream);
}

static void put_definitions(FILE *stream)
{
    put_parameters(stream);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        put_parameter(stream, &rs_parameters[i]);
    fputs("    \"names\": {\"enum\": [", stream);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        fprintf(stream, "%s\"%s\"", i > 0 ? ", " : "", rs_parameters[i].name);
    fputs("]},\n    \"distributions\": ", stream);
    put_words(stream, rs_distribution_names);
    fputs(",\n    \"bounds\": {\"type\": \"object\", \"additionalProperties\": false, "
          "\"minProperties\": 1, \"properties\": {\"min\": {\"type\": \"number\"}, "
          "\"max\": {\"type\": \"number\"}}},\n"
          "    \"seed\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 4294967295},\n"
          "    \"steps\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 100000},\n"
          "    \"rung\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 2147483647},\n"
          "    \"rungs\": {\"anyOf\": [{\"$ref\": \"#/definitions/rung\"}, {\"type\": \"array\", "
          "\"minItems\": 1, \"items\": {\"$ref\": \"#/definitions/rung\"}},\n"
          "      {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"min\", "
          "\"max\"], \"properties\": {\"min\": {\"$ref\": \"#/definitions/rung\"}, \"max\": "
          "{\"$ref\": \"#/definitions/rung\"}, \"step\": {\"$ref\": \"#/definitions/rung\"}}}]},\n"
          "    \"share\": {\"type\": \"number\", \"exclusiveMinimum\": 0, "
          "\"exclusiveMaximum\": 1},\n"
          "    \"iterations\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 1000000},\n"
          "    \"seed count\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 2147483647},\n"
          "    \"conditions\": {\"allOf\": [{\"minProperties\": 1}, ",
          stream);
    put_properties(stream, " condition");
    fputs("]},\n    \"configuration\": ", stream);
    put_properties(stream, "");
    fputs("\n", stream);
}

/* The beginning of the schema of a key, with what it means. */
static void put_key(FILE *stream, const char *key)
{
    size_t i = 0;
    while (strcmp(rs_sweep_keys[i], key) != 0)
        i++;
    fprintf(stream, "    \"%s\": {\"description\": ", key);
    put_string(stream, rs_sweep_key_meanings[i]);
    fputs(", ", stream);
}

/* The keys of a document that do not depend on the parameters. */
static void put_keys(FILE *stream)
{
    put_key(stream, "name");
    fputs("\"anyOf\": [{\"type\": \"number\"}, {\"type\": \"string\", \"minLength\": 1}]}, \n",
          stream);
    put_key(stream, "description");
    fputs("\"type\": [\"string\", \"number\", \"boolean\"]}, \n", stream);
    put_key(stream, "base");
    fputs("\"type\": \"string\"}, \n", stream);
    put_key(stream, "data");
    fputs("\"anyOf\": [{\"type\": \"string\", \"minLength\": 1}, {\"type\": \"object\", "
          "\"minProperties\": 1, \"additionalProperties\": {\"type\": \"string\", "
          "\"minLength\": 1}}]}, \n",
          stream);
    put_key(stream, "configurations");
    fputs("\"type\": \"array\", \"minItems\": 1, \"items\": {\"$ref\": "
          "\"#/definitions/configuration\"}}, \n",
          stream);
    put_key(stream, "seeds");
    fputs("\"anyOf\": [{\"$ref\": \"#/definitions/seed count\"}, \n"
          "      {\"type\": \"array\", \"minItems\": 1, \"uniqueItems\": true, \"items\": "
          "{\"$ref\": \"#/definitions/seed\"}}, \n"
          "      {\"type\": \"object\", \"additionalProperties\": false, \"required\": "
          "[\"count\"], \"properties\": {\"first\": {\"$ref\": \"#/definitions/seed\"}, "
          "\"count\": {\"$ref\": \"#/definitions/seed count\"}}}]}, \n",
          stream);
    put_key(stream, "metric");
    fputs("\"type\": \"object\", \"additionalProperties\": false, \"properties\": "
          "{\"name\": {\"anyOf\": [",
          stream);
    put_words(stream, rs_metric_names);
    /* as W&B's users call theirs: a word "loss", "acc" or "accuracy" */
    fputs(", {\"type\": \"string\", \"pattern\": "
          "\"(^|[^A-Za-z0-9])([Ll][Oo][Ss][Ss]|[Aa][Cc][Cc]([Uu][Rr][Aa][Cc][Yy])?)($|[^A-Za-z0-9])"
          "\"}]},"
          " \"goal\": {\"enum\": [\"maximize\", \"minimize\"]}, \"target\": {}, \"impute\": "
          "{}, \"impute_while_running\": {}}}, \n",
          stream);
    put_key(stream, "zip");
    fputs("\"type\": \"array\", \"items\": {\"type\": \"array\", \"minItems\": 2, "
          "\"uniqueItems\": true, \"items\": {\"$ref\": \"#/definitions/names\"}}}, \n",
          stream);
    put_key(stream, "exclude");
    fputs("\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/conditions\"}}, \n", stream);
    put_key(stream, "test_lengths");
    fputs("\"anyOf\": [{\"$ref\": \"#/definitions/steps\"}, \n"
          "      {\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/steps\"}}, \n"
          "      {\"type\": \"object\", \"additionalProperties\": false, \"required\": "
          "[\"min\", \"max\"], \"properties\": {\"min\": {\"$ref\": \"#/definitions/steps\"},"
          " \"max\": {\"$ref\": \"#/definitions/steps\"}, \"step\": {\"$ref\": "
          "\"#/definitions/steps\"}}}]}, \n",
          stream);
    put_key(stream, "checkpoints");
    fputs("\"anyOf\": [{\"const\": \"log2\"}, \n"
          "      {\"type\": \"array\", \"items\": {\"type\": \"integer\", \"minimum\": 0, "
          "\"maximum\": 2147483647}}, \n"
          "      {\"type\": \"object\", \"additionalProperties\": false, \"required\": "
          "[\"every\"], \"properties\": {\"every\": {\"type\": \"integer\", \"minimum\": 1, "
          "\"maximum\": 2147483647}}}]}, \n",
          stream);
    put_key(stream, "early_terminate");
    fputs("\"anyOf\": [ \n"
          "      {\"type\": \"object\", \"additionalProperties\": false, \"required\": "
          "[\"type\"], \"oneOf\": [{\"required\": [\"epochs\"]}, {\"required\": "
          "[\"updates\"]}], \"properties\": {\"type\": {\"const\": \"successive_halving\"},"
          " \"epochs\": {\"$ref\": \"#/definitions/rungs\"}, \"updates\": {\"$ref\": "
          "\"#/definitions/rungs\"}, \"keep\": {\"anyOf\": [{\"$ref\": "
          "\"#/definitions/share\"}, {\"type\": \"array\", \"minItems\": 1, \"items\": "
          "{\"$ref\": \"#/definitions/share\"}}]}, \"statistic\": ",
          stream);
    put_words(stream, rs_halving_statistic_names);
    fputs("}}, \n"
          "      {\"type\": \"object\", \"additionalProperties\": false, \"required\": "
          "[\"type\"], \"anyOf\": [{\"required\": [\"min_iter\"]}, {\"required\": "
          "[\"max_iter\", \"s\"]}], \"properties\": {\"type\": {\"const\": \"hyperband\"}, "
          "\"min_iter\": {\"$ref\": \"#/definitions/iterations\"}, \"max_iter\": {\"$ref\":"
          " \"#/definitions/iterations\"}, \"s\": {\"type\": \"integer\", \"minimum\": 1, "
          "\"maximum\": 100}, \"eta\": {\"type\": \"number\", \"exclusiveMinimum\": 1}, "
          "\"strict\": {\"type\": \"boolean\"}}}]}, \n",
          stream);
    put_key(stream, "sampler_seed");
    fputs("\"type\": \"integer\", \"minimum\": 0, \"maximum\": 9007199254740992}, \n", stream);
    fputs("    \"program\": {}, \"command\": {}, \"project\": {}, \"entity\": {}, "
          "\"controller\": {}, \"job\": {}, \"image_uri\": {}, \"scheduler\": {}, "
          "\"apiVersion\": {}, \"kind\": {}, \n",
          stream);
    put_key(stream, "run_cap");
    fprintf(stream, "\"type\": \"integer\", \"minimum\": 1, \"maximum\": %d},\n", RS_SPEC_SAMPLES);
}

rs_status rs_schema_write(FILE *stream, rs_error *error)
{
    fputs("{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
          "  \"title\": \"rnnsweep sweep file\",\n"
          "  \"type\": \"object\",\n"
          "  \"additionalProperties\": false,\n"
          "  \"patternProperties\": {\"^x-\": {}},\n"
          "  \"anyOf\": [{\"required\": [\"base\"]},\n"
          "    {\"required\": [\"method\"], \"properties\": {\"method\": {\"const\": \"grid\"}}},\n"
          "    {\"required\": [\"method\", \"configurations\"], \"properties\": {\"method\": "
          "{\"const\": \"list\"}}},\n"
          "    {\"required\": [\"method\", \"run_cap\"], \"properties\": {\"method\": {\"enum\": "
          "[\"random\", \"sobol\"]}}}],\n"
          "  \"properties\": {\n",
          stream);
    put_keys(stream);
    fputs("    \"method\": ", stream);
    put_words(stream, rs_method_names);
    fputs(",\n    \"parameters\": ", stream);
    fputs("{\"$ref\": \"#/definitions/parameters\"}},\n  \"definitions\": {\n", stream);
    put_definitions(stream);
    fputs("  }\n}\n", stream);
    if (fflush(stream) != 0 || ferror(stream))
        return rs_fail(error, RS_IO, "cannot write the schema: %s", strerror(errno));
    return RS_OK;
}
