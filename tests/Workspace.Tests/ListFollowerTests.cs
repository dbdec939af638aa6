using Platform.Workspaces.Changes;

namespace Platform.Workspace.Tests;

public sealed class ListFollowerTests
{
    private readonly ResourceChanges _changes = new();
    private readonly Dictionary<string, string> _items = new() { ["a"] = "a1", ["b"] = "b1" };

    [Fact]
    public async Task FollowAsync_ItemsComeChangeAndGo_ToldAfterTheSnapshot()
    {
        await using var updates = Follow();
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal(["a1", "b1"], updates.Current.Snapshot!);

        _items["c"] = "c1";
        _changes.Notify("c");
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal("c1", updates.Current.Changed);

        _items.Remove("a");
        _changes.Notify("a");
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal("a", updates.Current.RemovedId);
    }

    [Fact]
    public async Task FollowAsync_ChangeBetweenTheSnapshotAndTheNextLook_IsTold()
    {
        await using var updates = Follow();
        Assert.True(await updates.MoveNextAsync());

        // Twice before anyone looks: told once, as it is now.
        _items["a"] = "a2";
        _changes.Notify("a");
        _items["a"] = "a3";
        _changes.Notify("a");
        // One that came and went between two looks was never told of, so its end is not either.
        _changes.Notify("never-seen");
        _items["z"] = "z1";
        _changes.Notify("z");

        var told = new List<string?>();
        while (!told.Contains("z1"))
        {
            Assert.True(await updates.MoveNextAsync());
            Assert.Null(updates.Current.RemovedId);
            told.Add(updates.Current.Changed);
        }

        Assert.Equal(["a3", "z1"], told.Order());
    }

    private IAsyncEnumerator<ListUpdate<string>> Follow() => ListFollower.FollowAsync(
        _changes,
        () => [.. _items.Values.Order()],
        item => item[..1],
        _items.GetValueOrDefault,
        TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
}
