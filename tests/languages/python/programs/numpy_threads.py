"""numpy with OpenBLAS on several threads: products, decompositions, transforms, random numbers."""

import ctypes
import os
import threading

os.environ["OPENBLAS_NUM_THREADS"] = "4"

import numpy
from checks import check, finish


def openblas_threads():
    """How many threads the BLAS that numpy loaded will use."""
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "openblas" in line}
    for path in paths:
        return ctypes.CDLL(path).openblas_get_num_threads()
    return 0


threads = openblas_threads()
check(threads >= 1, f"OpenBLAS is loaded ({threads} threads)")

rng = numpy.random.default_rng(7)
a = rng.random((500, 500))
b = rng.random((500, 500))
product = a @ b
check(numpy.allclose(product[3, 5], (a[3] * b[:, 5]).sum()), "one element of a product")
check(numpy.allclose(product.sum(), a.sum(axis=0) @ b.sum(axis=1)), "the sum of a product")

u, s, v = numpy.linalg.svd(a[:120, :120])
check(numpy.allclose(u * s @ v, a[:120, :120]), "singular values")
solution = numpy.linalg.solve(a, b)
check(numpy.allclose(a @ solution, b), "linear equations")
check(numpy.allclose(numpy.linalg.inv(a[:50, :50]) @ a[:50, :50], numpy.eye(50)), "inverse")
signal = numpy.sin(numpy.linspace(0, 100, 4096))
check(numpy.allclose(numpy.fft.ifft(numpy.fft.fft(signal)), signal), "Fourier transform")
values, vectors = numpy.linalg.eigh(a + a.T)
check(numpy.allclose((a + a.T) @ vectors, vectors * values), "eigenvalues")

big = numpy.arange(4_000_000, dtype="float64")
check(big.sum() == 4_000_000 * 3_999_999 / 2, "sum of a large array")
check((numpy.sort(rng.random(200_000))[:-1] <= 1).all(), "sort")
check(numpy.array_equal(numpy.frombuffer(big[:10].tobytes()), big[:10]), "bytes and back")
numpy.save("/tmp/array.npy", a)
check(numpy.array_equal(numpy.load("/tmp/array.npy", mmap_mode="r"), a), "array mapped from a file")

results = [None] * 6


def multiply(index):
    local = numpy.random.default_rng(index).random((200, 200))
    for _ in range(20):
        results[index] = numpy.allclose(local @ numpy.linalg.inv(local), numpy.eye(200), atol=1e-6)


workers = [threading.Thread(target=multiply, args=(index,)) for index in range(len(results))]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
check(results == [True] * len(results), f"products in Python threads: {results}")
finish()
