using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace RedPacket.Ledger;

/// <summary>Which ledgers the migrations of this version can upgrade.</summary>
internal static class LedgerUpgrade
{
    /// <summary>A ledger of a newer version has all migrations of this one, and needs none.</summary>
    /// <param name="remedy">What to do with it instead, in words.</param>
    /// <exception cref="LedgerUnavailableException">Its migrations are of another history, as before the first
    /// release.</exception>
    public static void MustBePossible(DatabaseFacade ledger, string place, string remedy)
    {
        var unknown = ledger.GetAppliedMigrations().Except(ledger.GetMigrations()).ToList();
        if (unknown.Count > 0 && ledger.GetPendingMigrations().Any())
            throw new LedgerUnavailableException(
                $"The ledger {place} has the schema {unknown[^1]}, which this version cannot upgrade. {remedy} {LedgerCreation.Anew}");
    }
}
