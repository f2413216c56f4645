/* The periods of JACK's in which nothing happens, seen to without Python (rest.py tells why).

   JACK's headers are not needed to compile this: the three functions of JACK's that it calls are
   handed over. The fields and their order are those of `Shared` in rest.py. */

#include <stdint.h>

struct rest {
    void *(*buffer)(void *port, uint32_t frames);
    void (*clear)(void *buffer);
    uint32_t (*count)(void *buffer);
    void *way_in;
    void *way_out;
    int (*turn)(uint32_t frames, void *unused);
    uint32_t frames;
    volatile uint32_t left;
    volatile uint32_t rested;
    volatile uint32_t wanted; /* set by a thread of Python's */
};

const uint32_t antiphon_rest_size = sizeof(struct rest);

/* JACK's process callback: a period that may not rest is Python's. */
int antiphon_rest(uint32_t frames, void *given)
{
    struct rest *rest = given;
    if (!rest->left || rest->wanted || frames != rest->frames)
        return rest->turn(frames, 0);
    /* The way in is looked at first: over a loop both are one buffer. */
    if (rest->count(rest->buffer(rest->way_in, frames)))
        return rest->turn(frames, 0);
    rest->clear(rest->buffer(rest->way_out, frames));
    rest->left--;
    rest->rested++;
    return 0;
}
