using Platform.TrainerHost.Worker.Checkpoints;

namespace Platform.Trainer.Service.Tests.Worker;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly CheckpointStore _store;

    public CheckpointStoreTests() => _store = new CheckpointStore(_temp["checkpoints"]);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Write_Files_AreSealedAndSound()
    {
        var written = Write(500, validationLoss: 1.5);

        var (complete, unreadable) = _store.List();
        Assert.Empty(unreadable);
        var read = Assert.Single(complete);
        Assert.Equal(_temp["checkpoints/step-00000500"], read.Folder);
        Assert.Equal(500, read.Step);
        Assert.Equal(1.5, read.Mark.ValidationLoss);
        Assert.Equal(written.Mark.Files["weights"], read.Mark.Files["weights"]);
        Assert.Null(read.FindFault());
    }

    [Fact]
    public void Write_ThatThrows_LeavesNothing()
    {
        Assert.Throws<IOException>(() => _store.Write(1, null, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "weights"), "half");
            throw new IOException("No space left on device");
        }));

        Assert.Empty(Directory.GetFileSystemEntries(_temp["checkpoints"]));
    }

    [Fact]
    public void Write_SameStepAgain_Replaces()
    {
        Write(1, validationLoss: null);
        Write(1, validationLoss: 2.0);

        Assert.Equal(2.0, Assert.Single(_store.List().Complete).Mark.ValidationLoss);
        Assert.Single(Directory.GetDirectories(_temp["checkpoints"]));
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("cut")]
    [InlineData("missing")]
    public void FindFault_DamagedFile_NamesIt(string damage)
    {
        var checkpoint = Write(1, null);
        var path = checkpoint["weights"];
        if (damage == "missing")
            File.Delete(path);
        else if (damage == "cut")
            File.WriteAllText(path, "the wei");
        else
            File.WriteAllText(path, "the weighty");

        Assert.Contains("weights", checkpoint.FindFault(), StringComparison.Ordinal);
    }

    [Fact]
    public void List_FolderWithoutCompletionMark_IsNoCheckpoint()
    {
        Write(1, null);
        Directory.CreateDirectory(_temp["checkpoints/step-00000002"]);

        var (complete, unreadable) = _store.List();
        Assert.Equal(1, Assert.Single(complete).Step);
        Assert.EndsWith("step-00000002", Assert.Single(unreadable).Folder, StringComparison.Ordinal);
    }

    [Fact]
    public void Prune_KeepsTheNewestAndTheBest()
    {
        Write(100, 3.0);
        Write(200, 1.0);
        Write(300, 2.0);
        Write(400, null);
        Write(500, 1.1);

        var gone = _store.Prune(keepLast: 2);

        Assert.Equal([300, 100], gone.Select(checkpoint => checkpoint.Step));
        Assert.Equal([500, 400, 200], _store.List().Complete.Select(checkpoint => checkpoint.Step));
    }

    [Fact]
    public void Prune_KeepAll_DeletesNothing()
    {
        Write(1, 1.0);
        Write(2, 0.5);

        Assert.Empty(_store.Prune(keepLast: 0));
        Assert.Equal(2, _store.List().Complete.Count);
    }

    [Fact]
    public void RemoveLeftovers_HalfWritten_IsDeleted()
    {
        Write(1, null);
        Directory.CreateDirectory(_temp["checkpoints/.step-00000002-0123abcd"]);
        Directory.CreateDirectory(_temp["checkpoints/.deleted-step-00000000-0123abcd"]);

        _store.RemoveLeftovers();

        Assert.Equal(["step-00000001"], Directory.GetDirectories(_temp["checkpoints"]).Select(Path.GetFileName));
    }

    // Guards against losing the only checkpoint of a step when the worker is killed between taking away the old one of
    // that step and naming the new one.
    [Fact]
    public void RemoveLeftovers_CompleteButUnnamed_GetsItsName()
    {
        Write(7, 1.0);
        Directory.Move(_temp["checkpoints/step-00000007"], _temp["checkpoints/.step-00000007-0123abcd"]);

        _store.RemoveLeftovers();

        Assert.Equal(7, Assert.Single(_store.List().Complete).Step);
    }

    [Fact]
    public void SetAside_Checkpoint_IsListedNoMoreAndKept()
    {
        var checkpoint = Write(7, 1.0);

        _store.SetAside(checkpoint);

        Assert.Empty(_store.List().Complete);
        Assert.True(File.Exists(_temp["checkpoints/corrupt-step-00000007/weights"]));
    }

    private StoredCheckpoint Write(long step, double? validationLoss) =>
        _store.Write(step, validationLoss, folder => File.WriteAllText(Path.Combine(folder, "weights"), "the weights"));
}
