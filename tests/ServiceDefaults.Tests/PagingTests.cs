using Platform.Workspaces.Errors;

namespace Platform.ServiceDefaults.Tests;

public sealed class PagingTests
{
    [Fact]
    public void Slice_PageByPage_GivesEverythingOnce()
    {
        var all = Enumerable.Range(0, 103).ToList();
        var seen = new List<int>();
        var token = string.Empty;
        do
        {
            (var page, token) = Paging.Slice(all, 10, token);
            Assert.InRange(page.Count, 1, 10);
            seen.AddRange(page);
        }
        while (token.Length > 0);

        Assert.Equal(all, seen);
    }

    [Theory]
    [InlineData(-1, "", "page_size")]
    [InlineData(1001, "", "page_size")]
    [InlineData(1, "x", "page_token")]
    [InlineData(1, "AAAA", "page_token")]
    public void Slice_WrongArgument_IsNamed(int size, string token, string field)
    {
        var error = Assert.Throws<InvalidArgumentException>(() => Paging.Slice<int>([1], size, token));
        Assert.Equal(field, Assert.Single(error.Violations).Field);
    }
}
