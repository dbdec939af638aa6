using Platform.Workspaces;

namespace Platform.Workspace.Tests;

public sealed class FilesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Write_ExistingFile_IsReplacedAndNothingStaysBeside()
    {
        var path = _folder["sub/run.json"];
        AtomicFile.WriteText(path, "old");
        AtomicFile.WriteText(path, "new");

        Assert.Equal("new", File.ReadAllText(path));
        Assert.Single(Directory.GetFileSystemEntries(_folder["sub"]));
    }

    [Fact]
    public void Write_TargetIsAFolder_ThrowsAndLeavesNothingBeside()
    {
        Directory.CreateDirectory(_folder["run.json"]);

        Assert.ThrowsAny<Exception>(() => AtomicFile.WriteText(_folder["run.json"], "x"));

        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void TryCommit_NameIsTaken_SaysSoAndLeavesBoth()
    {
        var hidden = ResourceFolder.BeginNew(_folder["runs/a"]);
        Directory.CreateDirectory(_folder["runs/a"]);

        Assert.False(ResourceFolder.TryCommit(hidden, _folder["runs/a"]));
        Assert.True(Directory.Exists(hidden));
    }

    [Fact]
    public void RemoveLeftovers_HalfMadeAndHalfDeleted_AreGoneAndResourcesStay()
    {
        var committed = ResourceFolder.BeginNew(_folder["runs/a"]);
        Assert.True(ResourceFolder.TryCommit(committed, _folder["runs/a"]));
        ResourceFolder.BeginNew(_folder["runs/b"]);
        Directory.CreateDirectory(_folder["runs/.deleted-c-12345678"]);

        Assert.Equal(2, ResourceFolder.RemoveLeftovers(_folder["runs"]));

        Assert.Equal(["a"], new DataRoot(_folder.Path).Ids("runs"));
        Assert.Single(Directory.GetFileSystemEntries(_folder["runs"]));
    }

    [Fact]
    public void Delete_FolderThatIsGone_IsNoError()
    {
        Directory.CreateDirectory(_folder["runs"]);
        ResourceFolder.Delete(_folder["runs/gone"]);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["runs"]));
    }

    [Theory]
    [InlineData("runs/a", "runs", "a", null)]
    [InlineData("runs/a-1@500", "runs", "a-1", "500")]
    [InlineData("runs/a@best", "runs", "a", "best")]
    [InlineData("datasets/x", "datasets", "x", null)]
    public void TryParse_Reference_IsTakenApart(string text, string collection, string id, string? version)
    {
        var name = ResourceName.TryParse(text, collection);

        Assert.Equal(new ResourceName(collection, id, version), name);
        Assert.Equal(text, name!.ToString());
    }

    [Theory]
    [InlineData("runs/", "runs")]
    [InlineData("runs/../x", "runs")]
    [InlineData("runs/A", "runs")]
    [InlineData("runs/-a", "runs")]
    [InlineData("runs/a@", "runs")]
    [InlineData("runs/a@-1", "runs")]
    [InlineData("runs/a@last", "runs")]
    [InlineData("datasets/a@3", "datasets")]
    [InlineData("datasets/a", "runs")]
    [InlineData("runs/a\n", "runs")]
    public void TryParse_NoReference_IsNull(string text, string collection) =>
        Assert.Null(ResourceName.TryParse(text, collection));

    [Fact]
    public void Create_ManyIds_AreValid() =>
        Assert.All(
            Enumerable.Range(0, 1000).Select(_ => ResourceId.Create()),
            id => Assert.True(ResourceId.IsValid(id)));

    public void Dispose() => _folder.Dispose();
}
