using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Evaluations;

/// <summary>In which order items are listed: <c>index</c>, <c>margin</c> or <c>margin desc</c>.</summary>
internal sealed class ExampleOrder
{
    private readonly string _order;

    /// <exception cref="InvalidArgumentException">There is no such order.</exception>
    public ExampleOrder(string order) => _order = order is "" or "index" or "margin" or "margin desc"
        ? order
        : throw new InvalidArgumentException("order_by", $"'{order}' is none of index, margin, margin desc.");

    /// <summary>The lines in order; those without a margin last.</summary>
    public IEnumerable<ItemLine> Apply(IEnumerable<ItemLine> lines) => _order switch
    {
        "margin" => lines.OrderBy(line => line.Margin ?? double.MaxValue).ThenBy(line => line.Index),
        "margin desc" => lines.OrderByDescending(line => line.Margin ?? double.MinValue).ThenBy(line => line.Index),
        _ => lines,
    };
}
