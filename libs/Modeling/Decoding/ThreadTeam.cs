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
    private Action<int> _work = static _ => { };
    private int _items;
    private int _chunk;
    private long _ticket; // the round in the upper half, the next item in the lower
    private int _done;
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

        (_work, _items, _chunk) = (work, items, chunk);
        Volatile.Write(ref _done, 0);
        var round = Round(Volatile.Read(ref _ticket)) + 1;
        Interlocked.Exchange(ref _ticket, (long)round << 32);
        if (Volatile.Read(ref _sleeping) is > 0 and var sleeping)
            _wake.Release(sleeping);
        TakeItems(round);
        // Only for what the others have begun: one that has lost its core to another process holds up nobody.
        var spins = 0;
        while (Volatile.Read(ref _done) < items)
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

    private static int Round(long ticket) => (int)(ticket >> 32);

    private void Loop()
    {
        ThreadSlice.TryLengthen();
        var seen = 0;
        while (!_stopping)
        {
            AwaitRound(seen);
            seen = Round(Volatile.Read(ref _ticket));
            TakeItems(seen);
        }
    }

    private void AwaitRound(int seen)
    {
        for (var spins = 0; Round(Volatile.Read(ref _ticket)) == seen && !_stopping; spins++)
        {
            if (spins < SpinPauses)
            {
                Pause();
                continue;
            }

            // Announced before the last look, so that a round that begins now is either seen or wakes this thread.
            Interlocked.Increment(ref _sleeping);
            if (Round(Volatile.Read(ref _ticket)) == seen && !_stopping)
                _wake.Wait();
            Interlocked.Decrement(ref _sleeping);
        }
    }

    // What is read of a round that is over is thrown away: its ticket cannot be had any more. And a round is not over
    // while somebody who has a ticket of it is at work.
    private void TakeItems(int round)
    {
        while (true)
        {
            var ticket = Volatile.Read(ref _ticket);
            var (work, items, chunk) = (_work, _items, _chunk);
            var item = (int)ticket;
            if (Round(ticket) != round || item >= items)
                return;
            if (Interlocked.CompareExchange(ref _ticket, ticket + chunk, ticket) != ticket)
                continue;
            work(item);
            Interlocked.Add(ref _done, Math.Min(chunk, items - item));
        }
    }
}
