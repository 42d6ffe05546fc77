namespace RedPacket.Tests.Drills;

/// <summary>The comparison that ends every drill: a drill proves nothing if this cannot fail.</summary>
public sealed class WitnessesTests
{
    private static readonly Held s_annas = new("0-a", "anna", 1, 10);
    private static readonly Held s_bobs = new("0-a", "bob", 2, 20);

    [Fact]
    public void SameSharesInAnyOrder_Agree() => Assert.Empty(Witnesses.Compare("client", [s_annas, s_bobs], "ledger", [s_bobs, s_annas]));

    [Fact]
    public void ShareMissing_IsNamed() => Assert.Contains("only client", Assert.Single(Witnesses.Compare("client", [s_annas, s_bobs], "ledger", [s_annas])), StringComparison.Ordinal);

    [Fact]
    public void ShareThatNobodyWon_IsNamed() => Assert.Contains("only ledger", Assert.Single(Witnesses.Compare("client", [s_annas], "ledger", [s_annas, s_bobs])), StringComparison.Ordinal);

    [Fact]
    public void SameShareTwice_IsNamed() => Assert.NotEmpty(Witnesses.Compare("client", [s_annas], "ledger", [s_annas, s_annas]));

    [Fact]
    public void OtherAmount_IsNamed() => Assert.Equal(2, Witnesses.Compare("client", [s_annas], "ledger", [s_annas with { AmountFen = 11 }]).Count);

    [Fact]
    public void OneShareToTwoUsers_IsNamed() => Assert.NotEmpty(Witnesses.Compare("client", [s_annas], "ledger", [s_annas, s_bobs with { Ordinal = 1 }]));

    [Fact]
    public void AnswerThatChanges_IsAContradiction()
    {
        var record = new LoadRecord();
        record.NoteWon(s_annas, "10"u8.ToArray());
        record.NoteWon(s_annas, "10"u8.ToArray());
        Assert.Empty(record.Contradictions);

        record.NoteWon(s_annas, "11"u8.ToArray());
        record.NoteLate("0-a", "anna", "emptied");

        Assert.Equal(2, record.Contradictions.Count);
    }
}
