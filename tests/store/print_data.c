/* print_data FILE: the sequences of a data file as text, one array a line; or the error, and the
 * exit code of its status. */
#include <stdio.h>

#include "data_file.h"

static void print_array(const char *name, const rs_array *array, size_t count)
{
    if (array->values == NULL)
        return;
    printf("%s %zu", name, rs_element_size(array->element));
    for (size_t i = 0; i < count; i++)
        printf(" %.17g", rs_array_get(array, i));
    printf("\n");
}

static void print_set(const rs_data *data, const rs_data_set *set)
{
    printf("set %s %u %u\n", set->name, set->sequences, set->steps);
    print_array("inputs", &set->inputs, rs_data_input_count(data, set));
    print_array("targets", &set->targets, rs_data_target_count(data, set));
    print_array("weights", &set->weights, (size_t)set->sequences * set->steps);
    print_array("lengths", &set->lengths, set->sequences);
}

int main(int argc, char **argv)
{
    rs_data *data = NULL;
    rs_error error;
    char hash[RS_HASH_TEXT];
    if (argc < 2 || rs_data_read(&data, argv[1], &error) != RS_OK) {
        fprintf(stderr, "%s\n", argc < 2 ? "usage: print_data FILE" : error.text);
        return argc < 2 ? 64 : rs_status_exit_code(error.status);
    }
    rs_hash_format(data->hash, hash);
    printf("kinds %d %d %u %u %.17g\nhash %s\n", data->input_kind, data->target_kind, data->inputs,
           data->outputs, data->tolerance, hash);
    for (size_t i = 0; argc < 3 && i < data->set_count; i++)
        print_set(data, &data->sets[i]);
    rs_data_free(data);
    return 0;
}
