using Platform.Datasets.Corpus.Words;
using static Platform.Datasets.Corpus.English;

namespace Platform.Datasets.Corpus.Schemes;

/// <summary>Weather, plants and animals: causes with their effects.</summary>
internal static class Seasons
{
    public static Plot WeatherReady(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var weather = t.Pick(Nature.Weather);
        return new Plot(
            [
                $"Before the walk to the {t.Pick(Places.Outdoors)}, {who} looked out of the window.",
                $"{Capitalized(weather[0])}, so {who} took {weather[1]}.",
                $"{friend} was {t.Pick(Looks.Traits)} and took nothing.",
            ],
            t.End(
                t.Say($"Thanks to this {who.She}", $"That was clever, for {who.She}"),
                weather[2],
                [.. Nature.Weather.Select(row => row[2])],
                outcome => $"{outcome}."))
        {
            Questions =
            [
                new($"What did {who} take along?", $"{who} took {weather[1]}."),
                new($"Who took nothing?", $"{friend} took nothing."),
            ],
            People = [who, friend],
            Subject = weather[1][(weather[1].IndexOf(' ', StringComparison.Ordinal) + 1)..],
        };
    }

    public static Plot Garden(Teller t)
    {
        var who = t.Person();
        var (flower, sold) = t.PickTwo(Nature.Flowers);
        return new Plot(
            [
                $"In {t.Pick(Work.Months)} {who} wanted {flower} in the garden.",
                $"The shop had {t.Pick(Looks.Colours)} {sold} too, but {who} bought seeds for {flower}.",
                t.Say(
                    $"{who.Capital} planted them under the {t.Pick(Nature.Trees)} and gave them water.",
                    $"Every {t.Pick(Work.Days)} {who.She} watered the seeds by the {t.Pick(Nature.Trees)}."),
            ],
            t.End("In summer the whole garden was full of", flower, Nature.Flowers, grown => $"{grown}.", sold))
        {
            Questions =
            [
                new($"What did {who} plant?", $"{who} planted {flower}."),
                new("What else did the shop have?", $"The shop had {sold} too."),
            ],
            People = [who],
            Subject = $"seeds for {flower}",
        };
    }

    public static Plot Fear(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var fear = t.Pick(Nature.Fears);
        return new Plot(
            [
                $"{who} was {t.Pick(Looks.Traits)}, but afraid of one thing only: the {fear[0]}.",
                $"One {t.Pick(Nature.Seasons)} evening in {t.Pick(Places.Towns)} there was {fear[1]}.",
                t.Say(
                    $"{friend} stayed calm, but {who} turned pale.",
                    $"{who} took {friend}'s hand and ran."),
            ],
            t.End(
                t.Say($"In {who.Hers} mind it could only be the", $"What {who.She} feared was the"),
                fear[0],
                [.. Nature.Fears.Select(row => row[0])],
                animal => $"{animal}."))
        {
            Questions =
            [
                new($"What was {who} afraid of?", $"{who} was afraid of the {fear[0]}."),
                new("What was there in the evening?", $"There was {fear[1]}."),
            ],
            People = [who, friend],
            Subject = $"film about the {fear[0]}",
        };
    }

    public static Plot Tracks(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var (animal, guess) = t.PickTwo(Nature.Wild);
        var place = t.Pick(Places.Outdoors);
        return new Plot(
            [
                $"{who} and {friend} saw tracks in the mud near the {place}.",
                $"{friend} said that {A(guess)} had been there.",
                $"{who} had read a book about the {animal} and said that they were tracks of {A(animal)}.",
                t.Say($"They followed the tracks, and {who} was right.", $"In the end {who} was right."),
            ],
            t.End($"Near the {place} they saw the", animal, Nature.Wild, seen => $"{seen}.", guess))
        {
            Questions =
            [
                new($"What did {friend} guess?", $"{friend} guessed {A(guess)}."),
                new("Who was right?", $"{who} was right."),
            ],
            People = [who, friend],
            Subject = $"walk to the {place}",
        };
    }
}
