using Platform.Datasets.Corpus.Words;

namespace Platform.Datasets.Corpus;

/// <summary>Writes something to do with a story, and how it is done right.</summary>
internal static class InstructionWriter
{
    public static InstructionItem Write(Story story, Teller t) => t.Below(8) switch
    {
        0 or 1 or 2 => Ask(story, t),
        3 => Finish(story, t),
        4 => NamePeople(story, t),
        5 => GiveTitle(story, t),
        6 => Rename(story, t),
        _ => Write(story.Plot, story, t),
    };

    private static InstructionItem Ask(Story story, Teller t)
    {
        var question = t.Pick(story.Plot.Questions);
        return new InstructionItem(question.Text, story.Text, question.Answer);
    }

    private static InstructionItem Finish(Story story, Teller t) => new(
        t.Say("Finish the story.", "Write the last sentence of this story.", "How does the story end?"),
        story.Beginning,
        $"{story.Cue} {story.Ending}");

    private static InstructionItem NamePeople(Story story, Teller t) => new(
        t.Say("Who is in the story?", "List the people in this story."),
        story.Text,
        English.List([.. story.Plot.People.Select(person => person.Name)]) + ".");

    private static InstructionItem GiveTitle(Story story, Teller t) => new(
        t.Say("Give the story a title.", "What is this story about?"), story.Text, story.Scheme + ".");

    private static InstructionItem Rename(Story story, Teller t)
    {
        var person = story.Plot.People[0];
        var known = story.Plot.People.Select(someone => someone.Name);
        var names = (person.IsGirl ? Names.Girls : Names.Boys).Except(known).ToList();
        var name = t.Pick(names);
        var sentence = story.Plot.Beginning.First(text => text.Contains(person.Name, StringComparison.Ordinal));
        return new InstructionItem(
            $"Rewrite the sentence with {name} in place of {person}.",
            sentence,
            sentence.Replace(person.Name, name, StringComparison.Ordinal));
    }

    private static InstructionItem Write(Plot plot, Story story, Teller t) => new(
        t.Say(
            $"Write a story about {plot.People[0]}: {story.Scheme.ToLowerInvariant()}.",
            $"Tell a short story in which {plot.People[0]} comes in: {story.Scheme.ToLowerInvariant()}."),
        string.Empty,
        story.Text);
}
