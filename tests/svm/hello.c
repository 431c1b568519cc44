// The smallest program of the C library.
#include <stdio.h>

int main(void) {
    puts("hello");
    return 0;
}
