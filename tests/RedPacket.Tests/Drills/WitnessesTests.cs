namespace RedPacket.Tests.Drills;

/// <summary>The comparison that ends every drill: a drill proves nothing if this cannot fail.</summary>
public sealed class WitnessesTests
{
    private static readonly Held s_annas = new("0-a", "anna", 1, 10);
    private static readonly Held s_bobs = new("0-a", "bob", 2, 20);

    [Fact]
    public void SameSharesInAnyOrder_AreClean()
    {
        var views = Comparison.Of(Told(s_annas, s_bobs), [s_bobs, s_annas], 0, [s_annas, s_bobs]);

        Assert.True(views.IsClean);
        Assert.Equal((2, 2), (views.Client, views.Kept));
        Assert.Empty(views.Evidence);
    }

    [Fact]
    public void ShareNotInTheLedger_IsLost() => Assert.Equal((1, 1, 0, 0, 0L), Counts(Comparison.Of(Told(s_annas, s_bobs), [s_annas, s_bobs], 0, [s_annas])));

    [Fact]
    public void ShareNotInRedis_IsLost() => Assert.Equal((1, 1, 0, 0, 0L), Counts(Comparison.Of(Told(s_annas, s_bobs), [s_annas], 0, [s_annas, s_bobs])));

    [Fact]
    public void ShareThatNobodyWon_IsUnexpected() => Assert.Equal((1, 0, 0, 1, 0L), Counts(Comparison.Of(Told(s_annas), [s_annas], 0, [s_annas, s_bobs])));

    [Fact]
    public void SameShareTwice_IsDuplicated() => Assert.Equal((1, 0, 1, 0, 0L), Counts(Comparison.Of(Told(s_annas), [s_annas], 0, [s_annas, s_annas])));

    [Fact]
    public void OneShareToTwoUsers_IsDuplicated() =>
        Assert.Equal((1, 0, 1, 1, 0L), Counts(Comparison.Of(Told(s_annas), [s_annas], 0, [s_annas, s_bobs with { Ordinal = 1 }])));

    [Fact]
    public void OtherAmount_IsLostAndUnexpected() => Assert.Equal((0, 1, 0, 1, 0L), Counts(Comparison.Of(Told(s_annas), [s_annas], 0, [s_annas with { AmountFen = 11 }])));

    [Fact]
    public void EntryLeftOrCallUnanswered_IsUnresolved()
    {
        var record = Told(s_annas);
        record.Open[("0-a", "carl")] = true;
        record.Sends["key"] = new Sent("key", "sender", "{}", null);

        Assert.Equal((1, 0, 0, 0, 5L), Counts(Comparison.Of(record, [s_annas], 3, [s_annas])));
    }

    [Fact]
    public void AnswerThatChanges_IsAContradictionAndUnexpected()
    {
        var record = Told(s_annas);
        record.NoteWon(s_annas, "10"u8.ToArray());
        Assert.Empty(record.Contradictions);

        record.NoteWon(s_annas, "11"u8.ToArray());
        record.NoteLate("0-a", "anna", "emptied");

        Assert.Equal(2, record.Contradictions.Count);
        Assert.Equal(2, Comparison.Of(record, [s_annas], 0, [s_annas]).Unexpected);
    }

    [Fact]
    public void ShareAnsweredOtherwiseAfterDamage_IsForgottenWhereNobodyKnowsIt()
    {
        var record = Told(s_annas, s_bobs);
        record.Doubts.Raise(record);
        var again = s_annas with { Ordinal = 3, AmountFen = 30 };

        record.NoteWon(again, "30"u8.ToArray());

        var views = Comparison.Of(record, [again, s_bobs], 0, [again, s_bobs]);
        Assert.True(views.IsClean);
        Assert.Equal(1, views.Forgotten);
        Assert.Contains(s_annas.ToString(), Assert.Single(views.Named), StringComparison.Ordinal);
    }

    [Fact]
    public void ShareAnsweredOtherwiseThoughTheLedgerKnowsIt_IsUnexpected()
    {
        var record = Told(s_annas);
        record.Doubts.Raise(record);

        record.NoteLate("0-a", "anna", "emptied");

        Assert.Equal((0, 0, 0, 1, 0L), Counts(Comparison.Of(record, [], 0, [s_annas])));
    }

    [Fact]
    public void ShareToldAfterTheDamage_IsInNoDoubt()
    {
        var record = new LoadRecord();
        record.Doubts.Raise(record);
        record.NoteWon(s_annas, "10"u8.ToArray());

        record.NoteLate("0-a", "anna", "emptied");

        Assert.Single(record.Contradictions);
        Assert.Empty(record.Doubts.Shares);
    }

    private static LoadRecord Told(params Held[] shares)
    {
        var record = new LoadRecord();
        foreach (var share in shares)
            record.NoteWon(share, "10"u8.ToArray());
        return record;
    }

    private static (int Kept, int Lost, int Duplicated, int Unexpected, long Unresolved) Counts(Comparison views) =>
        (views.Kept, views.Lost, views.Duplicated, views.Unexpected, views.Unresolved);
}
