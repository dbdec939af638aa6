using Platform.Datasets.Corpus.Words;
using static Platform.Datasets.Corpus.English;

namespace Platform.Datasets.Corpus.Schemes;

/// <summary>Where something was left is where it is found.</summary>
internal static class LostAndFound
{
    public static Plot HiddenToy(Teller t)
    {
        var (who, other) = (t.Person(), t.Person());
        var toy = t.Pick(Things.Toys);
        var (place, elsewhere) = t.PickTwo(Places.Hiding);
        return new Plot(
            [
                $"{who} had {A(t.Look(toy))} made of {t.Pick(Looks.Materials)} and did not want to share it.",
                t.Say($"So {who.She} hid the {toy} {place}.", $"One day {who.She} put the {toy} {place}."),
                t.Say(
                    $"{other} looked {elsewhere}, but there was nothing.",
                    $"{other} searched {elsewhere} and found only dust."),
                t.Say($"Nobody ever looked {place}.", $"It was dark {place}."),
            ],
            t.End($"The {toy} was still", place, Places.Hiding, found => $"{found}.", elsewhere))
        {
            Questions =
            [
                new($"Where did {who} hide the {toy}?", $"{who} hid the {toy} {place}."),
                new($"Where did {other} look?", $"{other} looked {elsewhere}."),
            ],
            People = [who, other],
            Subject = toy,
        };
    }

    public static Plot LeftBehind(Teller t)
    {
        var who = t.Person();
        var thing = t.Pick(t.Below(2) == 0 ? Things.Clothes : Things.Household);
        var (place, later) = t.PickTwo(Places.Buildings);
        var town = t.Pick(Places.Towns);
        return new Plot(
            [
                $"On {t.Pick(Work.Days)} {who} visited the {place} in {town} and left {who.Hers} {thing} there.",
                t.Say(
                    $"After the {place} {who.She} went to the {later}.",
                    $"Later {who.She} walked from the {place} to the {later}."),
                t.Say(
                    $"All night long the {thing} lay at the {place}.",
                    $"At home {who.She} remembered the {place}."),
            ],
            t.End(
                $"{who.Capital} found the {thing} again at the",
                place,
                Places.Buildings,
                found => $"{found}.",
                later))
        {
            Questions =
            [
                new($"What did {who} leave behind?", $"{who} left {who.Hers} {thing} behind."),
                new($"Where was the {thing}?", $"The {thing} was at the {place}."),
            ],
            People = [who],
            Subject = $"{place} in {town}",
        };
    }

    public static Plot TreasureMap(Teller t)
    {
        var (who, friend) = (t.Person(), t.Person());
        var treasure = t.Pick(Things.Treasures);
        var (landmark, first) = t.PickTwo(Places.Landmarks);
        return new Plot(
            [
                $"{who} and {friend} found an old map in the {t.Pick(Places.Rooms)}.",
                t.Say(
                    $"The map said that {A(treasure)} lay beside the {landmark}.",
                    $"It showed {A(treasure)} beside the {landmark}."),
                $"{friend} wanted to dig beside the {first}, but {who} read again: beside the {landmark}.",
            ],
            t.End(
                $"They dug up the {treasure} beside the",
                landmark,
                Places.Landmarks,
                spot => $"{spot}.",
                first))
        {
            Questions =
            [
                new("What did the map show?", $"The map showed {A(treasure)} beside the {landmark}."),
                new($"Where did {friend} want to dig?", $"{friend} wanted to dig beside the {first}."),
            ],
            People = [who, friend],
            Subject = t.Look(treasure),
        };
    }

    public static Plot LostPet(Teller t)
    {
        var who = t.Person();
        var pet = t.Pick(Nature.Pets);
        var name = t.Pick(Names.PetNames);
        var (place, asked) = t.PickTwo(Places.Outdoors);
        return new Plot(
            [
                $"{who} had {A(pet.Name)} called {name}.",
                t.Say(
                    $"One {t.Pick(Nature.Seasons)} morning {name} ran off to the {place}.",
                    $"One {t.Pick(Work.Days)} {name} ran away to the {place}."),
                $"Nobody had seen the {pet.Name} at the {asked}.",
                $"{who} took some {pet.Food} to the {place}, because every {pet.Name} loves {pet.Food}.",
            ],
            t.End(
                $"The {pet.Name} {pet.Sound} when {who.She} came to the",
                place,
                Places.Outdoors,
                found => $"{found}.",
                asked))
        {
            Questions =
            [
                new($"What was the {pet.Name} called?", $"The {pet.Name} was called {name}."),
                new($"Where did {name} run?", $"{name} ran to the {place}."),
                new($"What did {who} take along?", $"{who} took some {pet.Food} along."),
            ],
            People = [who],
            Subject = place,
        };
    }
}
