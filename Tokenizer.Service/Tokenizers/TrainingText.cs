using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets.Readers;
using Platform.TokenizerHost.Datasets;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>Finds the text that tokenizers are trained on or measured with.</summary>
internal sealed class TrainingText(InputFiles files)
{
    /// <summary>Finds every input's files.</summary>
    /// <exception cref="PlatformException">An input is none, does not exist, is not ready or is damaged.</exception>
    public TrainingTextSource Open(TokenizerSpec spec) => new(
        files.Find(spec.Inputs), TextOf(spec), spec.SkipBadRecords ? new SkippedRecords() : null);

    /// <summary>Finds one input's files, whose records have the field <c>text</c>.</summary>
    /// <exception cref="PlatformException">It is none, does not exist, is not ready or is damaged.</exception>
    public TrainingTextSource Open(string input, string field) => new(
        files.FindOne(input, field), RecordText.OfField(TokenizerSpecRules.DefaultTextField), skipped: null);

    /// <summary>Looks for every input's files and reads their beginnings, so that the caller hears at once of what is
    /// wrong with them.</summary>
    /// <exception cref="PlatformException">As of <see cref="Open(TokenizerSpec)"/>, or a record is malformed.
    /// </exception>
    public void Check(TokenizerSpec spec)
    {
        var found = files.Find(spec.Inputs);
        if (spec.SkipBadRecords)
            return;
        var reader = new DocumentReader(TextOf(spec));
        InputProbe.Check(
            found,
            (file, onRead) => reader.ReadTexts(file, mayCut: true, onRead).Select(text => (object)text),
            "spec.inputs");
    }

    private static RecordText TextOf(TokenizerSpec spec) =>
        spec.Template.Length > 0 ? RecordText.OfTemplate(spec.Template) : RecordText.OfField(spec.TextField);
}
