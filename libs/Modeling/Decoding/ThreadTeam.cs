using System.Runtime.Intrinsics.X86;

namespace Platform.Modeling;

/// <summary>
/// A few threads that share one piece of work after another, with less than a microsecond or two between them. They
/// wait actively for a moment only, so that other processes get the cores when there is nothing to do.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    // Pauses before a waiting thread goes to sleep; about 50 µs.
    private const int SpinPauses = 2000;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);

    // All of a round is one object, never changed and never used again: a thread that comes late for it finds nothing
    // left, and cannot reach into the next one.
    private Round _round = new(static _ => { }, 0, 1);
    private int _sleeping;
    private volatile bool _stopping;

    /// <param name="threads">With the caller's own, 1 or more.</param>
    public ThreadTeam(int threads)
    {
        _threads = new Thread[Math.Max(1, threads) - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Loop) { IsBackground = true, Name = "decoder" };
            _threads[i].Start();
        }
    }

    /// <summary>How many threads work, the caller's own included.</summary>
    public int Count => _threads.Length + 1;

    /// <summary>
    /// Calls <paramref name="work"/> with the first item of each chunk of <paramref name="chunk"/> items, on whichever
    /// thread is free, and returns when all is done.
    /// </summary>
    public void Run(int items, int chunk, Action<int> work)
    {
        if (_threads.Length == 0 || items <= chunk)
        {
            for (var item = 0; item < items; item += chunk)
                work(item);
            return;
        }

        var round = new Round(work, items, chunk);
        Interlocked.Exchange(ref _round, round);
        if (Volatile.Read(ref _sleeping) is > 0 and var sleeping)
            _wake.Release(sleeping);
        round.TakeItems();
        // Only for what the others have begun: one that has lost its core to another process holds up nobody.
        var spins = 0;
        while (!round.IsDone)
        {
            Pause();
            if (++spins % SpinPauses == 0)
                Thread.Yield();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        _wake.Release(_threads.Length + 1);
        foreach (var thread in _threads)
            thread.Join();
        _wake.Dispose();
    }

    private static void Pause()
    {
        if (X86Base.IsSupported)
            X86Base.Pause();
        else
            Thread.SpinWait(1);
    }

    private void Loop()
    {
        ThreadSlice.TryLengthen();
        var seen = Volatile.Read(ref _round);
        while (!_stopping)
        {
            seen.TakeItems();
            AwaitRound(seen);
            seen = Volatile.Read(ref _round);
        }
    }

    private void AwaitRound(Round seen)
    {
        for (var spins = 0; Volatile.Read(ref _round) == seen && !_stopping; spins++)
        {
            if (spins < SpinPauses)
            {
                Pause();
                continue;
            }

            // Announced before the last look, so that a round that begins now is either seen or wakes this thread.
            Interlocked.Increment(ref _sleeping);
            if (Volatile.Read(ref _round) == seen && !_stopping)
                _wake.Wait();
            Interlocked.Decrement(ref _sleeping);
        }
    }

    private sealed class Round(Action<int> work, int items, int chunk)
    {
        private int _next;
        private int _done;

        public bool IsDone => Volatile.Read(ref _done) >= items;

        public void TakeItems()
        {
            int item;
            while ((item = Interlocked.Add(ref _next, chunk) - chunk) < items)
            {
                work(item);
                Interlocked.Add(ref _done, Math.Min(chunk, items - item));
            }
        }
    }
}
