
namespace RedPacket.Tests.Drills;

/// <summary>The comparison that ends every drill: a drill proves nothing if this cannot fail.</summary>
public sealed class DirectReadersTests
{
    private static readonly HeldShare s_annas = new("0-a", "anna", 1, 10);
    private static readonly HeldShare s_bobs = new("0-a", "bob", 2, 20);

    [Fact]
    public void SameSharesInAnyOrder_AreClean()
    {
        var views = ShareComparison.Of(Told(s_annas, s_bobs), [s_bobs, s_annas], 0, [s_annas, s_bobs]);

        Assert.True(views.IsClean);
        Assert.Equal((2, 2), (views.Client, views.Kept));
        Assert.Empty(views.Evidence);
    }

    [Fact]
    public void DamageOfOneShard_LetsNoShareOfAnotherBeForgotten()
    {
        var record = Told(s_annas, s_bobs with { PacketId = "1-b" });
        record.Forgettable.MarkAll(record, packetId => packetId.StartsWith("0-", StringComparison.Ordinal));

        record.NoteLate("0-a", "anna", "emptied");
        Assert.Empty(record.Contradictions);

        record.NoteLate("1-b", "bob", "emptied");
        Assert.Single(record.Contradictions);
    }

    [Fact]
    public void ShareNotInTheLedger_IsLost() =>
        Assert.Equal((1, 1, 0, 0, 0L), Counts(ShareComparison.Of(Told(s_annas, s_bobs), [s_annas, s_bobs], 0, [s_annas])));

    [Fact]
    public void ShareNotInRedis_IsLost() =>
        Assert.Equal((1, 1, 0, 0, 0L), Counts(ShareComparison.Of(Told(s_annas, s_bobs), [s_annas], 0, [s_annas, s_bobs])));

    [Fact]
    public void ShareNobodyWon_IsUnexpected() =>
        Assert.Equal((1, 0, 0, 1, 0L), Counts(ShareComparison.Of(Told(s_annas), [s_annas], 0, [s_annas, s_bobs])));

    [Fact]
    public void SameShareTwice_IsDuplicated() =>
        Assert.Equal((1, 0, 1, 0, 0L), Counts(ShareComparison.Of(Told(s_annas), [s_annas], 0, [s_annas, s_annas])));

    [Fact]
    public void OneShareToTwoUsers_IsDuplicated() =>
        Assert.Equal((1, 0, 1, 1, 0L), Counts(ShareComparison.Of(Told(s_annas), [s_annas], 0, [s_annas, s_bobs with { Ordinal = 1 }])));

    [Fact]
    public void OtherAmount_IsLostAndUnexpected() =>
        Assert.Equal((0, 1, 0, 1, 0L), Counts(ShareComparison.Of(Told(s_annas), [s_annas], 0, [s_annas with { AmountFen = 11 }])));

    [Fact]
    public void EntryLeftOrCallUnanswered_IsUnresolved()
    {
        var record = Told(s_annas);
        record.Open[("0-a", "carl")] = true;
        record.Sends["key"] = new Sent("key", "sender", "{}", null);

        Assert.Equal((1, 0, 0, 0, 5L), Counts(ShareComparison.Of(record, [s_annas], 3, [s_annas])));
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
        Assert.Equal(2, ShareComparison.Of(record, [s_annas], 0, [s_annas]).Unexpected);
    }

    [Fact]
    public void ShareAnsweredDifferentlyAfterDamage_IsForgottenIfUnknown()
    {
        var record = Told(s_annas, s_bobs);
        record.Forgettable.MarkAll(record);
        var again = s_annas with { Ordinal = 3, AmountFen = 30 };

        record.NoteWon(again, "30"u8.ToArray());

        var views = ShareComparison.Of(record, [again, s_bobs], 0, [again, s_bobs]);
        Assert.True(views.IsClean);
        Assert.Equal(1, views.Forgotten);
        Assert.Contains(s_annas.ToString(), Assert.Single(views.ForgottenEvidence), StringComparison.Ordinal);
    }

    [Fact]
    public void ShareInTheLedgerAnsweredDifferently_IsUnexpected()
    {
        var record = Told(s_annas);
        record.Forgettable.MarkAll(record);

        record.NoteLate("0-a", "anna", "emptied");

        Assert.Equal((0, 0, 0, 1, 0L), Counts(ShareComparison.Of(record, [], 0, [s_annas])));
    }

    [Fact]
    public void ShareAnsweredDifferentlyAndThenRepaired_IsKept()
    {
        var record = Told(s_annas, s_bobs);
        record.Forgettable.MarkAll(record);

        record.NoteLate("0-a", "anna", "emptied");

        var views = ShareComparison.Of(record, [s_annas, s_bobs], 0, [s_bobs], [s_annas]);
        Assert.Equal((1, 0, 0, 0, 0L), Counts(views));
        Assert.Equal(0, views.Forgotten);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public void PacketTemporarilyUnknown_IsUnexpectedUnlessItsFundCameLate(bool late, int unexpected)
    {
        var record = new LoadRecord();
        record.NoteSent(new Sent("key", "sender", "{}", """{"packetId":"0-a"}"""u8.ToArray()));
        record.Forgettable.MarkAll(record);
        record.NoteUnknownPacket("0-a", "anna", "packet_unknown");

        Assert.Equal((0, 0, 0, unexpected, 0L), Counts(ShareComparison.Of(record, [], 0, [], packets: ["0-a"], late: late)));
    }

    [Fact]
    public void ShareAnsweredAfterTheDamage_IsCertain()
    {
        var record = new LoadRecord();
        record.Forgettable.MarkAll(record);
        record.NoteWon(s_annas, "10"u8.ToArray());

        record.NoteLate("0-a", "anna", "emptied");

        Assert.Single(record.Contradictions);
        Assert.Empty(record.Forgettable.ChangedShares);
    }

    private static readonly SenderRow s_fund = new("0-a", false, "", 100);
    private static readonly SenderRow s_refund = new("0-a", true, "sender", 70);

    [Theory]
    [InlineData("open", false)]
    [InlineData("expired", true)]
    [InlineData("archived", true)]
    [InlineData(null, false)]
    [InlineData(null, true)]
    public void FundAndRemainder_AreClean(string? state, bool refunded) =>
        Assert.Equal((0, 0, 0), Envelopes(state, refunded ? [s_refund, s_fund] : [s_fund]));

    [Fact]
    public void PacketEmptied_NeedsNoRefund() =>
        Assert.Equal((0, 0, 0), Envelopes("emptied", [s_fund with { AmountFen = 30 }], amountFen: 30));

    [Fact]
    public void FundNotInTheLedger_IsLost() => Assert.Equal((1, 0, 0), Envelopes("open", []));

    [Fact]
    public void FundOfAnotherAmount_IsLostAndUnexpected() =>
        Assert.Equal((1, 0, 1), Envelopes("open", [s_fund with { AmountFen = 101 }]));

    [Fact]
    public void FundTwice_IsDuplicated() => Assert.Equal((0, 1, 0), Envelopes("open", [s_fund, s_fund]));

    [Fact]
    public void FundOfAnUnsentPacket_IsUnexpected() =>
        Assert.Equal((0, 0, 1), Envelopes("open", [s_fund, s_fund with { PacketId = "0-b" }]));

    [Theory]
    [InlineData("expired")]
    [InlineData("archived")]
    public void RefundNotInTheLedger_IsLost(string state) => Assert.Equal((1, 0, 0), Envelopes(state, [s_fund]));

    [Fact]
    public void RefundOfAnotherAmountOrToAnother_IsLostAndUnexpected()
    {
        Assert.Equal((1, 0, 1), Envelopes("expired", [s_fund, s_refund with { AmountFen = 71 }]));
        Assert.Equal((1, 0, 1), Envelopes(null, [s_fund, s_refund with { AmountFen = 69 }]));
        Assert.Equal((1, 0, 1), Envelopes("expired", [s_fund, s_refund with { UserId = "anna" }]));
    }

    [Fact]
    public void RefundTwice_IsDuplicated() =>
        Assert.Equal((0, 1, 0), Envelopes("expired", [s_fund, s_refund, s_refund]));

    [Fact]
    public void RefundOfAnOpenPacket_IsUnexpected() => Assert.Equal((0, 0, 1), Envelopes("open", [s_fund, s_refund]));

    [Fact]
    public void ForgottenPacket_OwesNothing()
    {
        var record = Sent(100);
        record.Forgettable.MarkAll(record);
        record.NoteUnknownPacket("0-a", "anna", "packet_unknown");

        var fundsAndRefunds = FundsAndRefunds.Of(record, [], [], new Dictionary<string, string>());

        Assert.Empty(fundsAndRefunds.Evidence);
    }

    [Fact]
    public void ErrorsOfFundsAndRefunds_CountInTheComparison() =>
        Assert.Equal(
            (1, 1, 2, 3, 0L),
            Counts(ShareComparison.Of(Told(s_annas), [s_annas], 0, [s_annas], fundsAndRefunds: new FundsAndRefunds(1, 2, 3, ["why"]))));

    /// <summary>The result for a packet of which anna has 10 and bob 20.</summary>
    private static (int Lost, int Duplicated, int Unexpected) Envelopes(string? state, SenderRow[] recorded,
        long amountFen = 100)
    {
        var states = new Dictionary<string, string>();
        if (state is not null)
            states["0-a"] = state;
        var fundsAndRefunds = FundsAndRefunds.Of(Sent(amountFen), [s_annas, s_bobs], recorded, states);
        Assert.Equal(fundsAndRefunds.Lost + fundsAndRefunds.Duplicated + fundsAndRefunds.Unexpected, fundsAndRefunds.Evidence.Count);
        return (fundsAndRefunds.Lost, fundsAndRefunds.Duplicated, fundsAndRefunds.Unexpected);
    }

    private static LoadRecord Sent(long amountFen)
    {
        var record = new LoadRecord();
        record.NoteSent(
            new Sent("key", "sender", "{}",
                System.Text.Encoding.UTF8.GetBytes($$"""{"packetId":"0-a","amountFen":{{amountFen}}}""")));
        return record;
    }

    private static LoadRecord Told(params HeldShare[] shares)
    {
        var record = new LoadRecord();
        foreach (var share in shares)
            record.NoteWon(share, "10"u8.ToArray());
        return record;
    }

    private static (int Kept, int Lost, int Duplicated, int Unexpected,
        long Unresolved) Counts(ShareComparison views) =>
        (views.Kept, views.Lost, views.Duplicated, views.Unexpected, views.Unresolved);
}
