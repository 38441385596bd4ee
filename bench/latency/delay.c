/*
 * A line with a delay, for benchmarks: two network namespaces with a TUN device each, called
 * "line", and packets that are carried from one to the other, each so many microseconds after it
 * came, in their order.
 *
 * Usage: delay MICROSECONDS
 *
 * Prints "ready NEAR FAR", the descriptors of the two namespaces, by which others can enter them
 * (/proc/PID/fd/NEAR). Runs until its standard input ends; the namespaces end with their last
 * process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SIDES 2
/* Packets that are under way in one direction at the most; further ones wait in the device. */
#define MOST_PACKETS 65536u
/* Packets that are taken from a device before the other one is looked at. */
#define AT_ONCE 64
#define LARGEST_PACKET 65536
#define SECOND INT64_C(1000000000)

/* A packet under way. */
struct packet {
  /* When it arrives, in nanoseconds. */
  int64_t due;
  size_t size;
  unsigned char *bytes;
};

/* Packets under way in one direction, the oldest first, in a ring. */
struct queue {
  struct packet packets[MOST_PACKETS];
  unsigned begin, end;
};

static struct queue queues[SIDES];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * SECOND + time.tv_nsec;
}

/* Enters a new namespace and returns its descriptor. */
static int new_namespace(void) {
  if (unshare(CLONE_NEWNET) != 0) fail("Cannot make a network namespace");
  int descriptor = open("/proc/self/ns/net", O_RDONLY);
  if (descriptor < 0) fail("/proc/self/ns/net");
  return descriptor;
}

/* Makes a device in the present namespace. */
static int new_device(void) {
  int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  if (device < 0) fail("/dev/net/tun");
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  strcpy(request.ifr_name, "line");
  if (ioctl(device, TUNSETIFF, &request) != 0) fail("Cannot make a TUN device");
  return device;
}

/* Gives packets that are due to a device. Returns when the next one is; `latest` without one. */
static int64_t deliver(struct queue *queue, int device, int64_t latest) {
  int64_t time = now();
  for (; queue->begin != queue->end; queue->begin++) {
    struct packet *packet = &queue->packets[queue->begin % MOST_PACKETS];
    if (packet->due > time) return packet->due < latest ? packet->due : latest;
    /* A device that is full, or not up yet, drops packets as any line may. */
    if (write(device, packet->bytes, packet->size) < 0 && errno == EBADFD) fail("write");
    free(packet->bytes);
  }
  return latest;
}

/* Takes packets from a device. */
static void take(struct queue *queue, int device, int64_t delay) {
  static unsigned char buffer[LARGEST_PACKET];
  for (int n = 0; n < AT_ONCE && queue->end - queue->begin < MOST_PACKETS; n++) {
    ssize_t size = read(device, buffer, sizeof buffer);
    if (size <= 0) return;
    struct packet *packet = &queue->packets[queue->end % MOST_PACKETS];
    packet->bytes = malloc(size);
    if (packet->bytes == NULL) fail("malloc");
    memcpy(packet->bytes, buffer, size);
    packet->size = size;
    packet->due = now() + delay;
    queue->end++;
  }
}

int main(int count, char **words) {
  if (count != 2) return 2;
  const int64_t delay = atoll(words[1]) * 1000;
  int spaces[SIDES], devices[SIDES];
  for (int side = 0; side < SIDES; side++) {
    spaces[side] = new_namespace();
    devices[side] = new_device();
  }
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  if (timer < 0) fail("timerfd_create");
  printf("ready %d %d\n", spaces[0], spaces[1]);
  fflush(stdout);
  for (;;) {
    int64_t next = now() + SECOND;
    for (int side = 0; side < SIDES; side++) next = deliver(&queues[side], devices[!side], next);
    struct itimerspec alarm = {{0, 0}, {next / SECOND, next % SECOND}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &alarm, NULL);
    struct pollfd events[] = {
      {devices[0], POLLIN, 0},
      {devices[1], POLLIN, 0},
      {timer, POLLIN, 0},
      {STDIN_FILENO, POLLIN, 0},
    };
    if (poll(events, 4, -1) < 0 && errno != EINTR) fail("poll");
    char ignored;
    if (events[3].revents != 0 && read(STDIN_FILENO, &ignored, 1) <= 0) return 0;
    for (int side = 0; side < SIDES; side++) {
      if (events[side].revents & POLLIN) take(&queues[side], devices[side], delay);
    }
  }
}
