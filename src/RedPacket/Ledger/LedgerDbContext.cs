using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using RedPacket.Ledger.Followers;
using RedPacket.Ledger.Kept;
using RedPacket.Messages;

namespace RedPacket.Ledger;

/// <summary>
/// The tables of the ledger. EF Core owns the schema, its migrations and the reading. The <see cref="Journal"/> is the
/// only writer. Times are milliseconds since 1970 (UTC) and money is fen, both plain integers, so that both databases
/// compare and add them alike.
/// </summary>
internal class LedgerDbContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<Account> Accounts => Set<Account>();
    public DbSet<LedgerPacket> Packets => Set<LedgerPacket>();
    public DbSet<Transfer> Transfers => Set<Transfer>();
    public DbSet<Recording> Recordings => Set<Recording>();
    public DbSet<ParkedEntry> Parked => Set<ParkedEntry>();
    public DbSet<Audit> Audits => Set<Audit>();
    public DbSet<Digest> Digests => Set<Digest>();
    public DbSet<LedgerShard> Shards => Set<LedgerShard>();
    public DbSet<House> House => Set<House>();
    public DbSet<WriterRow> Writers => Set<WriterRow>();
    public DbSet<AnnouncedRow> Announced => Set<AnnouncedRow>();
    public DbSet<SubscriberRow> Subscribers => Set<SubscriberRow>();
    public DbSet<KeptReport> Reports => Set<KeptReport>();
    public DbSet<AlertRow> Alerts => Set<AlertRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        Map(modelBuilder.Entity<Account>());
        Map(modelBuilder.Entity<LedgerPacket>());
        Map(modelBuilder.Entity<Transfer>());
        Map(modelBuilder.Entity<Recording>());
        Map(modelBuilder.Entity<ParkedEntry>());
        Map(modelBuilder.Entity<Audit>());
        Map(modelBuilder.Entity<Digest>());
        Map(modelBuilder.Entity<LedgerShard>());
        Map(modelBuilder.Entity<House>());
        Map(modelBuilder.Entity<WriterRow>());
        Map(modelBuilder.Entity<AnnouncedRow>());
        Map(modelBuilder.Entity<SubscriberRow>());
        KeptTables.Map(modelBuilder.Entity<KeptReport>());
        KeptTables.Map(modelBuilder.Entity<AlertRow>());
    }

    private static void Map(EntityTypeBuilder<Account> account)
    {
        account.ToTable("accounts", table =>
        {
            table.HasCheckConstraint("totals_not_negative", "debits >= 0 AND credits >= 0");
            // Promise 2, once more: a packet never pays out more than was put in. It holds in any order of arrival
            // (PROTOCOL 6.3).
            table.HasCheckConstraint("escrow_not_overdrawn", $"kind <> {(int)AccountKind.Packet} OR credits = 0 OR debits <= credits");
        });
        account.HasKey(a => a.Id);
        account.Property(a => a.Id).HasColumnName("id");
        account.Property(a => a.Code).HasColumnName("code");
        account.Property(a => a.Kind).HasColumnName("kind");
        account.Property(a => a.Check).HasColumnName("user_check");
        account.Property(a => a.Debits).HasColumnName("debits");
        account.Property(a => a.Credits).HasColumnName("credits");
        account.Property(a => a.ArchivedAt).HasColumnName("archived_at");
        account.HasIndex(a => a.Code).IsUnique();
        // A report adds these up, and must not take longer with every packet there ever was. Changes of the totals do
        // not touch this index.
        account.HasIndex(a => a.ArchivedAt).HasDatabaseName("accounts_not_archived").HasFilter("archived_at IS NULL");
    }

    private static void Map(EntityTypeBuilder<LedgerPacket> packet)
    {
        packet.ToTable("packets");
        packet.HasKey(p => p.Number);
        packet.Property(p => p.Number).HasColumnName("number");
        packet.Property(p => p.PacketId).HasColumnName("packet_id");
        packet.Property(p => p.Shard).HasColumnName("shard");
        packet.Property(p => p.Terms).HasColumnName("terms");
        packet.Property(p => p.KeyHash).HasColumnName("key_hash");
        packet.Property(p => p.Repeats).HasColumnName("repeats");
        packet.Property(p => p.ArchivedAt).HasColumnName("archived_at");
        packet.HasIndex(p => p.PacketId).IsUnique();
        // The gate and the report walk what a shard has not archived, and nothing else.
        packet.HasIndex(p => new { p.Shard, p.Number }).HasDatabaseName("packets_not_archived").HasFilter("archived_at IS NULL");
        packet.HasIndex(p => p.ArchivedAt).HasDatabaseName("packets_archived").HasFilter("archived_at IS NOT NULL");
        // One packet for each Idempotency-Key. A recording finds an earlier one by its key, and the report finds those
        // that should not be.
        packet.HasIndex(p => p.KeyHash).HasDatabaseName("packets_by_key").HasFilter("key_hash IS NOT NULL");
        packet.HasIndex(p => p.Repeats).HasDatabaseName("packets_of_a_used_key").HasFilter("repeats IS NOT NULL");
    }

    private static void Map(EntityTypeBuilder<Transfer> transfer)
    {
        // Money moves one way only.
        transfer.ToTable("transfers", table =>
            table.HasCheckConstraint("amount_in_range", $"amount_fen > 0 AND amount_fen < {Messages.Entry.MostFen + 1}"));
        transfer.HasKey(t => t.Id);
        transfer.Property(t => t.Id).HasColumnName("id");
        transfer.Property(t => t.Packet).HasColumnName("packet");
        transfer.Property(t => t.Kind).HasColumnName("kind");
        transfer.Property(t => t.Ordinal).HasColumnName("ordinal");
        transfer.Property(t => t.DebitAccount).HasColumnName("debit_account");
        transfer.Property(t => t.CreditAccount).HasColumnName("credit_account");
        transfer.Property(t => t.AmountFen).HasColumnName("amount_fen");
        transfer.Property(t => t.GrantedAt).HasColumnName("granted_at");
        transfer.Property(t => t.Recording).HasColumnName("recording");
        // Promise 4: every share is in the ledger exactly once, however often it is delivered (PROTOCOL 6.1).
        transfer.HasIndex(t => new { t.Packet, t.Kind, t.Ordinal }).IsUnique();
        // A wallet's statement, in ledger order.
        transfer.HasIndex(t => new { t.CreditAccount, t.Id });
        // Every report adds up the few corrections.
        transfer.HasIndex(t => t.Kind).HasDatabaseName("transfers_adjustments").HasFilter($"kind = {(int)EntryKind.Adjust}");
    }

    private static void Map(EntityTypeBuilder<Recording> recording)
    {
        recording.ToTable("recordings");
        recording.HasKey(r => r.Id);
        recording.Property(r => r.Id).HasColumnName("id");
        recording.Property(r => r.RecordedAt).HasColumnName("recorded_at");
        recording.Property(r => r.PublishedAt).HasColumnName("published_at");
        recording.Property(r => r.Traceparent).HasColumnName("traceparent");
        recording.Property(r => r.Followed).HasColumnName("followed");
    }

    private static void Map(EntityTypeBuilder<ParkedEntry> parked)
    {
        parked.ToTable("parked");
        parked.HasKey(p => p.Id);
        parked.Property(p => p.Id).HasColumnName("id");
        parked.Property(p => p.Shard).HasColumnName("shard");
        parked.Property(p => p.PacketId).HasColumnName("packet_id");
        parked.Property(p => p.Kind).HasColumnName("kind");
        parked.Property(p => p.Ordinal).HasColumnName("ordinal");
        parked.Property(p => p.UserId).HasColumnName("user_id");
        parked.Property(p => p.AmountFen).HasColumnName("amount_fen");
        parked.Property(p => p.Payload).HasColumnName("payload");
        parked.Property(p => p.Reason).HasColumnName("reason");
        parked.Property(p => p.Detail).HasColumnName("detail");
        parked.Property(p => p.ParkedAt).HasColumnName("parked_at");
        parked.Property(p => p.PublishedAt).HasColumnName("published_at");
        parked.Property(p => p.Traceparent).HasColumnName("traceparent");
        parked.Property(p => p.LostRun).HasColumnName("lost_run");
        parked.Property(p => p.ResolvedAt).HasColumnName("resolved_at");
        parked.Property(p => p.Resolution).HasColumnName("resolution");
        parked.Property(p => p.AcknowledgedAt).HasColumnName("acknowledged_at");
        parked.Property(p => p.Replays).HasColumnName("replays").HasDefaultValue(0);
        // The same line delivered again is parked once.
        parked.HasIndex(p => p.Payload).IsUnique();
        parked.HasIndex(p => new { p.PacketId, p.Kind, p.Ordinal });
    }

    private static void Map(EntityTypeBuilder<Audit> audit)
    {
        audit.ToTable("audits");
        audit.HasKey(a => a.Id);
        audit.Property(a => a.Id).HasColumnName("id");
        audit.Property(a => a.At).HasColumnName("at");
        audit.Property(a => a.Actor).HasColumnName("actor");
        audit.Property(a => a.Action).HasColumnName("action");
        audit.Property(a => a.Detail).HasColumnName("detail");
    }

    private static void Map(EntityTypeBuilder<Digest> digest)
    {
        digest.ToTable("digests");
        digest.HasKey(d => d.Id);
        digest.Property(d => d.Id).HasColumnName("id");
        digest.Property(d => d.At).HasColumnName("at");
        digest.Property(d => d.ThroughTransfer).HasColumnName("through_transfer");
        digest.Property(d => d.Transfers).HasColumnName("transfers");
        digest.Property(d => d.AmountFen).HasColumnName("amount_fen");
    }

    private static void Map(EntityTypeBuilder<WriterRow> writer)
    {
        writer.ToTable("writers");
        writer.HasKey(w => w.Id);
        writer.Property(w => w.Id).HasColumnName("id");
        writer.Property(w => w.Number).HasColumnName("number");
    }

    private static void Map(EntityTypeBuilder<LedgerShard> shard)
    {
        shard.ToTable("shards");
        shard.HasKey(s => s.Shard);
        shard.Property(s => s.Shard).HasColumnName("shard").ValueGeneratedNever();
        shard.Property(s => s.HighestSeq).HasColumnName("highest_seq").HasDefaultValue(0L);
        shard.Property(s => s.Run).HasColumnName("run");
        shard.Property(s => s.BorderRun).HasColumnName("border_run");
        shard.Property(s => s.BorderSeq).HasColumnName("border_seq").HasDefaultValue(0L);
        shard.Property(s => s.ArchivedPackets).HasColumnName("archived_packets").HasDefaultValue(0L);
        shard.Property(s => s.ArchivedEmptied).HasColumnName("archived_emptied").HasDefaultValue(0L);
        shard.Property(s => s.ArchivedClaims).HasColumnName("archived_claims").HasDefaultValue(0L);
        shard.Property(s => s.ArchivedFundedFen).HasColumnName("archived_funded_fen").HasDefaultValue(0L);
        shard.Property(s => s.ArchivedGrantedFen).HasColumnName("archived_granted_fen").HasDefaultValue(0L);
        shard.Property(s => s.ArchivedRefundedFen).HasColumnName("archived_refunded_fen").HasDefaultValue(0L);
    }

    private static void Map(EntityTypeBuilder<House> house)
    {
        house.ToTable("house", table =>
        {
            table.HasCheckConstraint("one_house", "id = 1");
            table.HasCheckConstraint("shards_in_range", $"shards BETWEEN 1 AND {PacketId.MostShards}");
        });
        house.HasKey(h => h.Id);
        house.Property(h => h.Id).HasColumnName("id").ValueGeneratedNever();
        house.Property(h => h.Shards).HasColumnName("shards");
        house.Property(h => h.Told).HasColumnName("told").HasDefaultValue(0);
        house.Property(h => h.PausedAt).HasColumnName("paused_at");
        house.Property(h => h.PausedBy).HasColumnName("paused_by");
        house.Property(h => h.PauseReason).HasColumnName("pause_reason");
    }

    private static void Map(EntityTypeBuilder<AnnouncedRow> announced)
    {
        // One position, so that announcers who meet compare it.
        announced.ToTable("announced", table => table.HasCheckConstraint("one_announced", "id = 1"));
        announced.HasKey(a => a.Id);
        announced.Property(a => a.Id).HasColumnName("id").ValueGeneratedNever();
        announced.Property(a => a.Position).HasColumnName("position");
        announced.Property(a => a.Holder).HasColumnName("holder");
        announced.Property(a => a.Until).HasColumnName("until").HasDefaultValue(0L);
    }

    private static void Map(EntityTypeBuilder<SubscriberRow> subscriber)
    {
        subscriber.ToTable("subscribers");
        subscriber.HasKey(s => s.Name);
        subscriber.Property(s => s.Name).HasColumnName("name");
        subscriber.Property(s => s.Position).HasColumnName("position");
        subscriber.Property(s => s.Grabs).HasColumnName("grabs");
        subscriber.Property(s => s.GrantedFen).HasColumnName("granted_fen");
        subscriber.Property(s => s.LedgerGrabs).HasColumnName("ledger_grabs");
        subscriber.Property(s => s.LedgerGrantedFen).HasColumnName("ledger_granted_fen");
        subscriber.Property(s => s.ReportedAt).HasColumnName("reported_at");
    }
}
