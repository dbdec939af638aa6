using Microsoft.AspNetCore.Components;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Layout;

namespace Platform.Dashboard.Components;

/// <summary>
/// A page that asks for training by a form or by the YAML that the command line takes: two views of one spec, so that
/// each takes up what was written in the other.
/// </summary>
public abstract class SpecPage(RunsClient runs, DatasetsClient datasets, Browser browser) : LivePage
{
    private const int OfferedModels = 50;

    private bool _wasYaml;

    /// <summary>The client of runs.</summary>
    protected RunsClient Runs => runs;

    /// <summary>Names this page's request, so that sending it twice makes one thing.</summary>
    protected string RequestId { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Data sets that can be trained on.</summary>
    protected IReadOnlyList<Dataset> Datasets { get; private set; } = [];

    /// <summary>Runs to start from, by name.</summary>
    protected IReadOnlyList<string> Models { get; private set; } = [];

    /// <summary>Why there are no lists.</summary>
    protected CallFailure? Failure { get; set; }

    /// <summary>The connection to the service that the lists come from.</summary>
    protected Link Link { get; private set; } = Link.Connecting;

    /// <summary>Whether the lists have come once.</summary>
    protected bool Loaded { get; private set; }

    /// <summary>Whether the request is under way.</summary>
    protected bool Busy { get; set; }

    /// <summary>A name for people.</summary>
    protected string DisplayName { get; set; } = "";

    /// <summary>The id that is wished for.</summary>
    protected string Id { get; set; } = "";

    /// <summary>The spec as text.</summary>
    protected string Yaml { get; private set; } = "";

    /// <summary>Why the text is no spec.</summary>
    protected string? YamlProblem { get; private set; }

    /// <summary>Whether the spec is written as YAML and not asked for field by field.</summary>
    protected bool IsYaml => AsQuery is "yaml";

    [SupplyParameterFromQuery(Name = "as")]
    private string? AsQuery { get; set; }

    /// <summary>What stands below the choice of data sets.</summary>
    /// <param name="help">Where there is a choice.</param>
    protected string DatasetHelp(string help) =>
        Datasets.Count > 0 ? help : "None has tokens yet: make one under Data sets.";

    /// <summary>What stands below the YAML.</summary>
    /// <param name="verb">What the command line makes of it: a run or a sweep.</param>
    protected static string YamlHelp(string verb) =>
        $"What dotnet run --project Cli -- {verb} create FILE takes; what is left out has its default.";

    /// <summary>The form's spec as text.</summary>
    protected abstract string FormAsYaml();

    /// <summary>Fills the form from text.</summary>
    /// <returns>What is wrong with the text.</returns>
    protected abstract string? TakeYaml(string yaml);

    /// <summary>Called once, when the lists are there for the first time.</summary>
    protected abstract Task FillFirstAsync();

    /// <inheritdoc/>
    protected override void OnInitialized() => _ = ReadWhenUpAsync("tokenizer", ReadAsync, link => Link = link);

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (IsYaml && !_wasYaml)
            (Yaml, YamlProblem) = (FormAsYaml(), null);
        _wasYaml = IsYaml;
    }

    /// <summary>Takes what was typed.</summary>
    protected virtual void SetYaml(string text)
    {
        Yaml = text;
        YamlProblem = TakeYaml(text);
    }

    /// <summary>Called when the form has changed by itself.</summary>
    protected virtual void FormChanged()
    {
    }

    /// <summary>Saves the text as a file.</summary>
    /// <param name="name">The file's name where no id is wished for.</param>
    protected Task SaveYamlAsync(string name) =>
        browser.SaveAsync((Id.Trim().Length > 0 ? Id.Trim() : name) + ".yaml", "application/yaml", Yaml);

    // A service that comes back brings new lists; what was typed stays.
    private async Task ReadAsync()
    {
        var (list, failure) = await datasets.ListAsync(Closed);
        Failure = failure;
        if (list is null)
            return;
        Datasets = [.. list.Where(d => d.State is State.Succeeded && d.TrainTokens > 0)];
        if (!Loaded)
        {
            await FillFirstAsync();
            if (IsYaml)
                Yaml = FormAsYaml();
        }

        Loaded = true;
        FormChanged();
        var (models, _) = await runs.ListAsync("state:succeeded", OfferedModels, Closed);
        Models = [.. (models?.Runs ?? []).Select(r => r.Name)];
    }
}
