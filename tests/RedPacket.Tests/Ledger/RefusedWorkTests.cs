using RedPacket.Ledger;

namespace RedPacket.Tests.Ledger;

/// <summary>The ledger is lost when the writer is about to do other work: its caller gets an error, and does not wait.</summary>
public sealed class RefusedWorkTests
{
    [Fact]
    public async Task LedgerIsGoneWhenWorkIsNext_TheWorkIsRefused()
    {
        using var disk = new TestLedger();
        var journal = await disk.Open();
        File.Move(disk.Path, $"{disk.Path}.away");

        await Assert.ThrowsAsync<LedgerUnavailableException>(
            () => journal.Execute(_ => { }, TestLedger.Stop).WaitAsync(TimeSpan.FromMinutes(1), TestLedger.Stop));

        File.Move($"{disk.Path}.away", disk.Path);
        await Eventually.Holds(() => journal.State.Up);
        await journal.Execute(_ => { }, TestLedger.Stop);
    }
}
