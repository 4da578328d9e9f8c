#include "stack.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

struct call {
    int (*work)(int argc, char **argv);
    int argc;
    char **argv;
    int result;
};

static void *make_call(void *context)
{
    struct call *call = context;
    call->result = call->work(call->argc, call->argv);
    return NULL;
}

/* Threads created without a stack size, such as OpenMP's, get the limit that held at program
 * start. */
static void enlarge_threads(pthread_attr_t *attributes)
{
    size_t size;
    if (pthread_attr_getstacksize(attributes, &size) == 0 && size < RS_STACK_BYTES &&
        pthread_attr_setstacksize(attributes, RS_STACK_BYTES) == 0)
        pthread_setattr_default_np(attributes);
}

/* The first thread's stack may grow up to the current limit. */
static bool first_stack_suffices(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= RS_STACK_BYTES)
        return true;
    limit.rlim_cur = limit.rlim_max < RS_STACK_BYTES ? limit.rlim_max : RS_STACK_BYTES;
    return limit.rlim_cur == RS_STACK_BYTES && setrlimit(RLIMIT_STACK, &limit) == 0;
}

int rs_stack_run(int (*work)(int argc, char **argv), int argc, char **argv)
{
    struct call call = {.work = work, .argc = argc, .argv = argv};
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_getattr_default_np(&attributes) != 0)
        return work(argc, argv);
    enlarge_threads(&attributes);
    if (first_stack_suffices() || pthread_create(&thread, &attributes, make_call, &call) != 0)
        make_call(&call);
    else
        pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    return call.result;
}
