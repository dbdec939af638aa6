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
        files.Find(spec.Inputs),
        spec.Template.Length > 0 ? RecordText.OfTemplate(spec.Template) : RecordText.OfField(spec.TextField));

    /// <summary>Finds one input's files, whose records have the field <c>text</c>.</summary>
    /// <exception cref="PlatformException">It is none, does not exist, is not ready or is damaged.</exception>
    public TrainingTextSource Open(string input, string field) =>
        new(files.FindOne(input, field), RecordText.OfField(TokenizerSpecRules.DefaultTextField));
}
