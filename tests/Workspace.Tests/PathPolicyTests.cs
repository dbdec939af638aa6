using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.Workspace.Tests;

public sealed class PathPolicyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public PathPolicyTests()
    {
        Directory.CreateDirectory(_folder["allowed/sub"]);
        Directory.CreateDirectory(_folder["allowed-not"]);
        File.WriteAllText(_folder["allowed/sub/text.txt"], "x");
        File.WriteAllText(_folder["allowed-not/secret.txt"], "x");
        Policy = new PathPolicy([_folder["allowed"]]);
    }

    private PathPolicy Policy { get; }

    [Fact]
    public void Resolve_FileInside_IsGiven() =>
        Assert.Equal(_folder["allowed/sub/text.txt"], Policy.Resolve("path:" + _folder["allowed/sub/text.txt"], "f"));

    [Theory]
    [InlineData("allowed-not/secret.txt")]
    [InlineData("allowed/../allowed-not/secret.txt")]
    [InlineData("")]
    public void Resolve_Outside_IsRefused(string path)
    {
        var error = Assert.Throws<InvalidArgumentException>(() => Policy.Resolve("path:" + _folder[path], "inputs[0]"));
        Assert.Equal("inputs[0]", Assert.Single(error.Violations).Field);
    }

    [Fact]
    public void Resolve_LinkThatLeadsOutside_IsRefused()
    {
        File.CreateSymbolicLink(_folder["allowed/link.txt"], _folder["allowed-not/secret.txt"]);
        Directory.CreateSymbolicLink(_folder["allowed/dir"], _folder["allowed-not"]);

        Assert.Throws<InvalidArgumentException>(() => Policy.Resolve("path:" + _folder["allowed/link.txt"], "f"));
        Assert.Throws<InvalidArgumentException>(() => Policy.Resolve("path:" + _folder["allowed/dir/secret.txt"], "f"));
    }

    [Fact]
    public void Resolve_RelativePath_IsRefused() =>
        Assert.Throws<InvalidArgumentException>(() => Policy.Resolve("path:sub/text.txt", "f"));

    [Fact]
    public void Resolve_NothingThere_IsNotFound() =>
        Assert.Throws<NotFoundException>(() => Policy.Resolve("path:" + _folder["allowed/none"], "f"));

    public void Dispose() => _folder.Dispose();
}
