using Bunit;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Tests.Components;

public sealed class FieldTests : BunitContext
{
    [Fact]
    public void Render_Problem_IsTiedToTheInput()
    {
        var field = Render<Field>(p => p.Add(f => f.Label, "Heads").Add(f => f.Problem, "Must divide the width."));

        var input = field.Find("input");
        Assert.Equal("true", input.GetAttribute("aria-invalid"));
        Assert.Equal("Must divide the width.", field.Find("#" + input.GetAttribute("aria-describedby")).TextContent);
        Assert.Equal("Heads", field.Find($"label[for={input.Id}]").TextContent);
    }

    [Fact]
    public void SortHeader_SecondClick_TurnsTheOrderRound()
    {
        var orders = new List<string>();
        var header = Render<SortHeader>(p => p
            .Add(h => h.Key, "loss").Add(h => h.Order, "loss").Add(h => h.OrderChanged, orders.Add));

        header.Find("button").Click();

        Assert.Equal(["loss desc"], orders);
        Assert.Equal("ascending", header.Find("th").GetAttribute("aria-sort"));
    }
}
