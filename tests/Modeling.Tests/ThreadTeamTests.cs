namespace Platform.Modeling.Tests;

public sealed class ThreadTeamTests
{
    // A thread that was late for one round could take an item of the next before that had begun: the item was done
    // twice, and the round was over before all of its items were. Logits were no numbers then, about once in a million
    // rounds. Rounds of different lengths one right behind the other are where that happens.
    [Fact]
    public void Run_RoundsOfDifferentLengths_EachItemOnceAndAllDoneAtTheReturn()
    {
        const int Pairs = 500_000;
        using var team = new ThreadTeam(Math.Max(2, Environment.ProcessorCount));
        var (few, many) = (new int[2], new int[64]);
        Action<int> first = item => Interlocked.Increment(ref few[item % few.Length]);
        Action<int> second = item => Interlocked.Increment(ref many[item]);
        for (var pair = 1; pair <= Pairs; pair++)
        {
            team.Run(few.Length, 1, first);
            team.Run(many.Length, 1, second);
            for (var item = 0; item < many.Length; item++)
            {
                var times = Volatile.Read(ref many[item]);
                Assert.True(times == pair, $"Item {item} was done {times} times in {pair} rounds.");
            }
        }

        Assert.All(few, times => Assert.Equal(Pairs, times));
    }
}
