#include "commands.h"

#define ADDRESS(name) &rs_command_##name,
const rs_command *const rs_commands[RS_COMMAND_TOTAL + 1] = {RS_COMMANDS(ADDRESS) NULL};
#undef ADDRESS
