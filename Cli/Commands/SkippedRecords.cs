using Platform.Cli.Output;
using Platform.Contracts.Tokenizer.V1;

namespace Platform.Cli.Commands;

/// <summary>Tells of records that were passed over because something is wrong with them.</summary>
internal static class SkippedRecords
{
    public static void Print(CliOutput output, long count, IReadOnlyList<SkippedRecord> listed)
    {
        if (count == 0)
            return;
        output.WriteLine($"Left out {Figures.Count(count, "bad record")}:");
        foreach (var skipped in listed)
        {
            var line = skipped.Line > 0 ? $", line {skipped.Line}" : string.Empty;
            output.WriteLine($"  {skipped.File}{line}: {skipped.Problem}");
        }
    }
}
