using Platform.Datasets.Corpus.Words;

namespace Platform.Datasets.Corpus;

/// <summary>Writes what someone in a story thinks of a thing or place in it.</summary>
internal static class ReviewWriter
{
    public static ReviewItem Write(Story story, Teller t)
    {
        var good = t.Below(2) == 0;
        var who = story.Plot.People[0];
        var subject = story.Plot.Subject;
        var (first, second) = t.PickTwo(good ? Looks.Good : Looks.Bad);
        var mood = t.Pick(good ? Looks.Happy : Looks.Sad);
        var opening = t.Say(
            $"My name is {who}, and this is about the {subject}.",
            $"This is a review of the {subject}.",
            $"On {t.Pick(Work.Days)} I tried the {subject}.",
            $"Everybody talks about the {subject}.");
        var middle = t.Say(
            $"I thought it was {first} and {second}.",
            $"It was {first}, and the rest was {second} too.",
            $"What {English.A(first)} surprise: the {subject} is {second}.");
        var end = good
            ? t.Say(
                $"I was {mood} and will come back in {t.Pick(Nature.Seasons)}.",
                $"My {t.Pick(Names.Relatives)} was {mood}, so I give it {t.Pick(Work.Numbers)} stars.",
                $"I left {mood} and told all my friends to go.")
            : t.Say(
                $"I was {mood} and want my money back.",
                $"My {t.Pick(Names.Relatives)} was {mood}, and we will not come again.",
                $"I left {mood} and told all my friends to stay away.");
        return new ReviewItem($"{opening} {middle} {end}", good ? "positive" : "negative");
    }
}
