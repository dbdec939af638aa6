using Platform.Workspaces.Errors;

namespace Platform.Workspace.Tests;

public sealed class InvalidArgumentExceptionTests
{
    // It was "spec.a: Wrong.; spec.b: Wrong too.".
    [Fact]
    public void Message_SeveralViolations_ASentenceEach()
    {
        var error = new InvalidArgumentException([new("spec.a", "Wrong."), new("spec.b", "wrong too")]);

        Assert.Equal("spec.a: Wrong. spec.b: wrong too.", error.Message);
    }

    [Fact]
    public void Message_NoViolation_IsNoSuchError() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new InvalidArgumentException([]));
}
