using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

public sealed class KvCacheTests
{
    [Theory]
    [InlineData(Precision.Fp32, 1e-4)]
    [InlineData(Precision.Bf16, 5e-2)]
    public void ForwardCached_InPieces_EqualsWholeForward(Precision precision, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Model(bias: true, precision);
        using var cache = model.CreateCache(slots: 2);
        var whole = model.Logits(model.Forward(Ids())); // (2, 8, V)
        var pieces = new[] { (0, 3), (3, 1), (4, 1), (5, 3) }.Select(piece =>
            model.Logits(model.ForwardCached(Ids().narrow(1, piece.Item1, piece.Item2), cache))).ToArray();
        AssertClose(Wide(whole), Values(cat(pieces, 1)), tolerance, "cached logits");
        Assert.Equal([8, 8], cache.Lengths);
    }

    [Fact]
    public void ForwardCached_RowsOfDifferentLengths_EqualEachAlone()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Model(bias: true);
        using var cache = model.CreateCache(slots: 4);
        // Slot 3 starts with 5 tokens of row 0, slot 1 with 2 tokens of row 1; both in one padded batch.
        var ids = Ids();
        model.ForwardCached(ids.narrow(1, 0, 5), cache, slots: [3, 1], counts: [5, 2]);
        Assert.Equal([0, 2, 0, 5], cache.Lengths);
        // Then 3 and 4 more tokens, again padded, from different positions.
        var next = cat([ids[0][TensorIndex.Slice(5, 8)], tensor(0L).unsqueeze(0), ids[1][TensorIndex.Slice(2, 6)]])
            .view(2, 4);
        var logits = model.NextLogits(next, cache, slots: [3, 1], counts: [3, 4]);
        Assert.Equal([0, 6, 0, 8], cache.Lengths);
        var whole = model.Logits(model.Forward(ids));
        AssertClose(Wide(whole[0][7]), Values(logits[0]), 1e-4, "row 0");
        AssertClose(Wide(whole[1][5]), Values(logits[1]), 1e-4, "row 1");
        // One token each: different lengths, so a mask is needed.
        var single = model.NextLogits(ids.narrow(1, 6, 1).flip(0), cache, slots: [1, 3]);
        AssertClose(Wide(Alone(model, [.. Ids1(1, 6), Id(1, 6)])), Values(single[0]), 1e-4, "slot 1");
        AssertClose(Wide(Alone(model, [.. Ids1(0, 8), Id(0, 6)])), Values(single[1]), 1e-4, "slot 3");
    }

    [Fact]
    public void Gather_ContextsOfUnequalLengths_GoOnInSeveralRows()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Model(bias: true);
        using var cache = model.CreateCache(slots: 6);
        model.ForwardCached(Ids().narrow(1, 0, 5), cache, slots: [0, 1], counts: [5, 3]);
        cache.Gather([0, 1, 0, 1], first: 2);
        Assert.Equal([5, 3, 5, 3, 5, 3], cache.Lengths);
        var endings = tensor(new long[,] { { 1, 2, 3 }, { 4, 5, 0 }, { 6, 0, 0 }, { 7, 8, 9 } });
        var hidden = model.ForwardCached(endings, cache, slots: [2, 3, 4, 5], counts: [3, 2, 1, 3]);
        Assert.Equal([5, 3, 8, 5, 6, 6], cache.Lengths);
        AssertClose(Wide(Alone(model, [.. Ids1(0, 5), 1, 2, 3])), Values(model.Logits(hidden[0][2])), 1e-4, "row 0");
        AssertClose(Wide(Alone(model, [.. Ids1(1, 3), 4, 5])), Values(model.Logits(hidden[1][1])), 1e-4, "row 1");
        AssertClose(Wide(Alone(model, [.. Ids1(0, 5), 6])), Values(model.Logits(hidden[2][0])), 1e-4, "row 2");
        AssertClose(Wide(Alone(model, [.. Ids1(1, 3), 7, 8, 9])), Values(model.Logits(hidden[3][2])), 1e-4, "row 3");
    }

    [Fact]
    public void Truncate_ThenOtherTokens_ForgetsTheRest()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Model(bias: true);
        using var cache = model.CreateCache();
        model.ForwardCached(Ids().narrow(0, 0, 1), cache);
        cache.Truncate(0, 4);
        var logits = model.NextLogits(tensor(new long[,] { { 9, 10 } }), cache);
        AssertClose(Wide(Alone(model, [.. Ids1(0, 4), 9, 10])), Values(logits[0]), 1e-4, "after truncation");
    }

    [Fact]
    public void ForwardCached_BeyondCapacity_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        using var cache = model.CreateCache(slots: 2, capacity: 6);
        model.ForwardCached(Ids().narrow(1, 0, 5), cache);
        var error = Assert.Throws<ArgumentException>(() => model.ForwardCached(Ids().narrow(1, 5, 2), cache));
        Assert.Contains("5 of 6", error.Message, StringComparison.Ordinal);
        Assert.Equal([5, 5], cache.Lengths);
    }

    private static Tensor Alone(Gpt model, long[] ids) =>
        model.Logits(model.Forward(tensor(ids).unsqueeze(0)))[0][ids.Length - 1];

    private static long[] Ids1(int row, int count) => [.. Enumerable.Range(0, count).Select(t => Id(row, t))];

    private static long Id(int row, int t) => ((7 * row) + (3 * t * t) + 5) % 61;

    private static double[] Wide(Tensor x) => [.. Values(x).Select(value => (double)value)];
}
