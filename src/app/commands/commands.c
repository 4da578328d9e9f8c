#include "commands.h"

#include <string.h>

#define ADDRESS(name) &rs_command_##name,
const rs_command *const rs_commands[RS_COMMAND_TOTAL + 1] = {RS_COMMANDS(ADDRESS) NULL};
#undef ADDRESS

const rs_command *rs_command_find(const char *name)
{
    for (size_t i = 0; i < RS_COMMAND_TOTAL; i++)
        if (strcmp(rs_commands[i]->name, name) == 0)
            return rs_commands[i];
    return NULL;
}
