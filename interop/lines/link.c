/* A line between two network namespaces: its rates, its delay and its queue.

       cc -O2 -o link link.c
       link NEAR NEAR_DEVICE FAR FAR_DEVICE UP DOWN DELAY_MS QUEUE_MS

   Makes a TUN device in each namespace and carries packets between them: UP bytes a second from NEAR
   to FAR, DOWN bytes a second back, 0 = as fast as it can. A packet waits until those before it are
   on the line, then DELAY_MS; one that would wait longer than QUEUE_MS is dropped. Whatever is above
   IP goes from end to end. Prints `ready`. Lines of its input: `drop` (from then on everything is
   dropped, as behind a dead router), `pass` (no more). Ends with its input. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* Of Linux 6.2, where headers are older. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

#define SECOND 1000000000LL
#define MILLISECOND 1000000LL
/* From this rate on, the kernel hands over what it would cut into packets in one piece: without that, a
   gigabit keeps a core busy. Such a piece is on the line for 6 ms at most. */
#define WHOLE_PIECES 10e6
/* The shortest queue: less would lose every burst of ten packets that TCP begins with. */
#define LEAST_QUEUE_BYTES (16 * 1500)
#define HEADER ((int)sizeof(struct virtio_net_hdr))

struct packet {
    int64_t due;
    int length;
    struct packet *next;
    unsigned char bytes[];
};

/* One direction. */
struct way {
    int from, to;
    double rate;
    int64_t delay, queue, free_at;
    struct packet *first, *last;
};

static int dropping;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int device(const char *space, const char *name, double rate) {
    char path[256];
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
    unsigned pieces = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_USO4 | TUN_F_USO6;
    snprintf(path, sizeof path, "/var/run/netns/%s", space);
    int place = open(path, O_RDONLY);
    if (place < 0 || setns(place, CLONE_NEWNET)) fail(path);
    close(place);
    int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (tun < 0) fail("/dev/net/tun");
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(tun, TUNSETIFF, &request)) fail(name);
    if (rate >= WHOLE_PIECES && ioctl(tun, TUNSETOFFLOAD, pieces)) {
        /* A kernel before 6.2 has no pieces of UDP. */
        pieces = TUN_F_CSUM | TUN_F_TSO4;
        if (ioctl(tun, TUNSETOFFLOAD, pieces)) fail("TUNSETOFFLOAD");
    }
    return tun;
}

/* Bytes of the packets that a piece becomes, each with headers of its own. */
static double on_the_line(const unsigned char *bytes, int length) {
    const struct virtio_net_hdr *piece = (const void *)bytes;
    int all = length - HEADER, payload = all - piece->hdr_len;
    if (piece->gso_type == VIRTIO_NET_HDR_GSO_NONE || !piece->gso_size) return all;
    return all + (double)((payload - 1) / piece->gso_size) * piece->hdr_len;
}

static void take(struct way *way) {
    static unsigned char bytes[HEADER + 65536];
    int length;
    while ((length = read(way->from, bytes, sizeof bytes)) > HEADER) {
        int64_t t = now(), start = way->free_at > t ? way->free_at : t;
        if (dropping || start - t > way->queue) continue;
        if (way->rate > 0) start += on_the_line(bytes, length) / way->rate * SECOND;
        way->free_at = start;
        struct packet *packet = malloc(sizeof *packet + length);
        if (!packet) fail("malloc");
        *packet = (struct packet){.due = start + way->delay, .length = length};
        memcpy(packet->bytes, bytes, length);
        if (way->last) way->last->next = packet;
        else way->first = packet;
        way->last = packet;
    }
}

static void give(struct way *way) {
    int64_t t = now();
    while (way->first && way->first->due <= t) {
        struct packet *packet = way->first;
        way->first = packet->next;
        if (!way->first) way->last = NULL;
        /* What the other side has no room for is lost, as anywhere. */
        if (!dropping && write(way->to, packet->bytes, packet->length) < 0) {}
        free(packet);
    }
}

static void obey(void) {
    char line[64];
    if (!fgets(line, sizeof line, stdin)) exit(0);
    dropping = !strncmp(line, "drop", 4);
}

static struct way direction(int from, int to, const char *rate, int64_t delay, int64_t queue) {
    struct way way = {.from = from, .to = to, .rate = atof(rate), .delay = delay, .queue = queue};
    if (way.rate > 0) {
        int64_t least = LEAST_QUEUE_BYTES / way.rate * SECOND;
        if (way.queue < least) way.queue = least;
    }
    return way;
}

int main(int count, char **words) {
    if (count != 9) return 2;
    double slowest = atof(words[5]) < atof(words[6]) ? atof(words[5]) : atof(words[6]);
    /* 0 is no limit. */
    if (slowest == 0) slowest = WHOLE_PIECES;
    int near = device(words[1], words[2], slowest), far = device(words[3], words[4], slowest);
    int64_t delay = atoll(words[7]) * MILLISECOND, queue = atoll(words[8]) * MILLISECOND;
    struct way ways[2] = {direction(near, far, words[5], delay, queue),
                          direction(far, near, words[6], delay, queue)};
    setvbuf(stdin, NULL, _IONBF, 0);
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        int64_t t = now(), next = t + SECOND / 2;
        for (int i = 0; i < 2; i++)
            if (ways[i].first && ways[i].first->due < next) next = ways[i].first->due;
        struct timespec wait = {0, next > t ? next - t : 0};
        struct pollfd ready[3] = {{near, POLLIN, 0}, {far, POLLIN, 0}, {0, POLLIN, 0}};
        ppoll(ready, 3, &wait, NULL);
        if (ready[2].revents) obey();
        for (int i = 0; i < 2; i++) {
            take(&ways[i]);
            give(&ways[i]);
        }
    }
}
