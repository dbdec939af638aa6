using Platform.Datasets.Corpus.Words;
using static Platform.Datasets.Corpus.English;

namespace Platform.Datasets.Corpus.Schemes;

/// <summary>Who practised wins; what was learned is what is shown; what opens a door opens it.</summary>
internal static class Contests
{
    public static Plot Prize(Teller t)
    {
        var girls = t.Below(2) == 0;
        var (winner, loser) = (t.Person(girls), t.Person(girls));
        var game = t.Pick(Things.Games);
        var town = t.Pick(Places.Towns);
        string[] sentences =
        [
            $"{winner} practised {game} every day.",
            $"{loser} was {t.Pick(Looks.Traits)}, but never practised.",
        ];
        if (t.Below(2) == 0)
            Array.Reverse(sentences);
        return new Plot(
            [
                $"There was a contest in {game} in {town}.",
                .. sentences,
                t.Say($"Practice helps, and {winner} was quick.", $"The judges looked at {winner} and smiled."),
            ],
            t.End($"The {t.Pick(Looks.Colours)} medal went to", winner, name => $"{name}.", loser))
        {
            Questions =
            [
                new("Who won?", $"{winner} won."),
                new($"Who never practised?", $"{loser} never practised."),
            ],
            People = [winner, loser],
            Subject = $"contest in {game}",
        };
    }

    public static Plot Concert(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var (instrument, other) = t.PickTwo(Things.Instruments);
        var town = t.Pick(Places.Towns);
        return new Plot(
            [
                $"{who} played the {instrument}, and {friend} played the {other}.",
                $"Before the concert in {town} {friend} became ill and stayed at home.",
                t.Say(
                    $"{who} was {t.Pick(Looks.Sad)}, but went on the stage with the {instrument}.",
                    $"{who} put on {A(t.Look(t.Pick(Things.Clothes)))} and tuned the {instrument}."),
            ],
            t.End(
                "Everybody listened to the sound of the",
                instrument,
                Things.Instruments,
                heard => $"{heard}.",
                other))
        {
            Questions =
            [
                new($"What did {who} play?", $"{who} played the {instrument}."),
                new($"Who became ill?", $"{friend} became ill."),
            ],
            People = [who, friend],
            Subject = $"concert in {town}",
        };
    }

    public static Plot Password(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var (word, old) = t.PickTwo(Work.Passwords);
        var room = t.Pick(Places.Rooms);
        return new Plot(
            [
                $"{who} and {friend} had a club in the {room} with a secret word.",
                $"The word had been {old}, but now it was {word}.",
                t.Say(
                    $"{friend} said {word} {t.Pick(Work.Numbers)} times so as not to forget it.",
                    $"{friend} wrote {word} on {A(t.Pick(Looks.Colours))} piece of paper."),
            ],
            t.End($"The door of the {room} opened at the word", word, Work.Passwords, said => $"{said}.", old))
        {
            Questions =
            [
                new("What was the new word?", $"The new word was {word}."),
                new("Where was the club?", $"The club was in the {room}."),
            ],
            People = [who, friend],
            Subject = $"club in the {room}",
        };
    }

    public static Plot Key(Teller t)
    {
        var who = t.Person();
        var (colour, other) = t.PickTwo(Looks.Colours);
        var container = t.Pick(Things.Containers);
        var treasure = t.Pick(Things.Treasures);
        return new Plot(
            [
                $"{who} had two keys made of {t.Pick(Looks.Metals)}: one was {colour} and one was {other}.",
                $"One was too {t.Pick(Looks.Sizes)}, but the {colour} key fitted.",
                t.Say(
                    $"The {container} had belonged to {A(t.Pick(Names.Heroes))}.",
                    $"It opened {A(container)} that was {t.Pick(Work.Numbers)} hundred years old."),
            ],
            t.End(
                $"There was {A(treasure)} in the {container}, and the key to it was",
                colour,
                Looks.Colours,
                key => $"{key}.",
                other))
        {
            Questions =
            [
                new("Which key fitted?", $"The {colour} key fitted."),
                new($"What was in the {container}?", $"There was {A(treasure)} in the {container}."),
            ],
            People = [who],
            Subject = $"{t.Pick(Looks.Old)} {container}",
        };
    }
}
