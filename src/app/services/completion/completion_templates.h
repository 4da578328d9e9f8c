/* The scripts of this folder (bash.in, zsh.in, fish.in), embedded by the build. */
#ifndef RS_COMPLETION_TEMPLATES_H
#define RS_COMPLETION_TEMPLATES_H

extern const char rs_completion_bash[], rs_completion_zsh[], rs_completion_fish[];

#endif
