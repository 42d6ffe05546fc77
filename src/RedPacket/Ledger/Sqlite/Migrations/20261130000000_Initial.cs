using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace RedPacket.Ledger.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "accounts",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    code = table.Column<string>(type: "TEXT", nullable: false),
                    kind = table.Column<int>(type: "INTEGER", nullable: false),
                    user_check = table.Column<int>(type: "INTEGER", nullable: false),
                    debits = table.Column<long>(type: "INTEGER", nullable: false),
                    credits = table.Column<long>(type: "INTEGER", nullable: false),
                    archived_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_accounts", x => x.id);
                    table.CheckConstraint("escrow_not_overdrawn", "kind <> 2 OR credits = 0 OR debits <= credits");
                    table.CheckConstraint("totals_not_negative", "debits >= 0 AND credits >= 0");
                });

            migrationBuilder.CreateTable(
                name: "alerts",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    rule = table.Column<string>(type: "TEXT", nullable: false),
                    opened_at = table.Column<long>(type: "INTEGER", nullable: false),
                    seen_at = table.Column<long>(type: "INTEGER", nullable: false),
                    worst = table.Column<long>(type: "INTEGER", nullable: false),
                    acknowledged_at = table.Column<long>(type: "INTEGER", nullable: true),
                    acknowledged_by = table.Column<string>(type: "TEXT", nullable: true),
                    resolved_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_alerts", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "announced",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    position = table.Column<long>(type: "INTEGER", nullable: false),
                    holder = table.Column<string>(type: "TEXT", nullable: true),
                    until = table.Column<long>(type: "INTEGER", nullable: false, defaultValue: 0L)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_announced", x => x.id);
                    table.CheckConstraint("one_announced", "id = 1");
                });

            migrationBuilder.CreateTable(
                name: "audits",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    action = table.Column<string>(type: "TEXT", nullable: false),
                    detail = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audits", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "digests",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    through_transfer = table.Column<long>(type: "INTEGER", nullable: false),
                    transfers = table.Column<long>(type: "INTEGER", nullable: false),
                    amount_fen = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_digests", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "house",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    shards = table.Column<int>(type: "INTEGER", nullable: false),
                    told = table.Column<int>(type: "INTEGER", nullable: false, defaultValue: 0),
                    paused_at = table.Column<long>(type: "INTEGER", nullable: true),
                    paused_by = table.Column<string>(type: "TEXT", nullable: true),
                    pause_reason = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_house", x => x.id);
                    table.CheckConstraint("one_house", "id = 1");
                    table.CheckConstraint("shards_in_range", "shards BETWEEN 1 AND 10000");
                });

            migrationBuilder.CreateTable(
                name: "packets",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    packet_id = table.Column<string>(type: "TEXT", nullable: false),
                    shard = table.Column<int>(type: "INTEGER", nullable: false),
                    terms = table.Column<string>(type: "TEXT", nullable: true),
                    key_hash = table.Column<string>(type: "TEXT", nullable: true),
                    repeats = table.Column<long>(type: "INTEGER", nullable: true),
                    archived_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_packets", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "parked",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    shard = table.Column<int>(type: "INTEGER", nullable: false),
                    packet_id = table.Column<string>(type: "TEXT", nullable: false),
                    kind = table.Column<int>(type: "INTEGER", nullable: false),
                    ordinal = table.Column<int>(type: "INTEGER", nullable: false),
                    user_id = table.Column<string>(type: "TEXT", nullable: false),
                    amount_fen = table.Column<long>(type: "INTEGER", nullable: false),
                    payload = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    detail = table.Column<string>(type: "TEXT", nullable: false),
                    parked_at = table.Column<long>(type: "INTEGER", nullable: false),
                    published_at = table.Column<long>(type: "INTEGER", nullable: false),
                    traceparent = table.Column<string>(type: "TEXT", nullable: true),
                    lost_run = table.Column<string>(type: "TEXT", nullable: true),
                    resolved_at = table.Column<long>(type: "INTEGER", nullable: true),
                    resolution = table.Column<string>(type: "TEXT", nullable: true),
                    acknowledged_at = table.Column<long>(type: "INTEGER", nullable: true),
                    replays = table.Column<int>(type: "INTEGER", nullable: false, defaultValue: 0)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_parked", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "recordings",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    recorded_at = table.Column<long>(type: "INTEGER", nullable: false),
                    published_at = table.Column<long>(type: "INTEGER", nullable: false),
                    traceparent = table.Column<string>(type: "TEXT", nullable: true),
                    followed = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_recordings", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "reports",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    as_of = table.Column<long>(type: "INTEGER", nullable: false),
                    line = table.Column<string>(type: "TEXT", nullable: false),
                    report = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_reports", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "shards",
                columns: table => new
                {
                    shard = table.Column<int>(type: "INTEGER", nullable: false),
                    highest_seq = table.Column<long>(type: "INTEGER", nullable: false, defaultValue: 0L),
                    run = table.Column<string>(type: "TEXT", nullable: true),
                    border_run = table.Column<string>(type: "TEXT", nullable: true),
                    border_seq = table.Column<long>(type: "INTEGER", nullable: false, defaultValue: 0L),
                    archived_packets = table.Column<long>(type: "INTEGER", nullable: false, defaultValue: 0L),
                    archived_emptied = table.Column<long>(type: "INTEGER", nullable: false, defaultValue: 0L),
                    archived_claims = table.Column<long>(type: "INTEGER", nullable: false, defaultValue: 0L),
                    archived_funded_fen = table.Column<long>(type: "INTEGER", nullable: false, defaultValue: 0L),
                    archived_granted_fen = table.Column<long>(type: "INTEGER", nullable: false, defaultValue: 0L),
                    archived_refunded_fen = table.Column<long>(type: "INTEGER", nullable: false, defaultValue: 0L)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_shards", x => x.shard);
                });

            migrationBuilder.CreateTable(
                name: "subscribers",
                columns: table => new
                {
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    position = table.Column<long>(type: "INTEGER", nullable: false),
                    grabs = table.Column<long>(type: "INTEGER", nullable: false),
                    granted_fen = table.Column<long>(type: "INTEGER", nullable: false),
                    ledger_grabs = table.Column<long>(type: "INTEGER", nullable: true),
                    ledger_granted_fen = table.Column<long>(type: "INTEGER", nullable: true),
                    reported_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_subscribers", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "transfers",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    packet = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<int>(type: "INTEGER", nullable: false),
                    ordinal = table.Column<long>(type: "INTEGER", nullable: false),
                    debit_account = table.Column<long>(type: "INTEGER", nullable: false),
                    credit_account = table.Column<long>(type: "INTEGER", nullable: false),
                    amount_fen = table.Column<long>(type: "INTEGER", nullable: false),
                    granted_at = table.Column<long>(type: "INTEGER", nullable: false),
                    recording = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_transfers", x => x.id);
                    table.CheckConstraint("amount_in_range", "amount_fen > 0 AND amount_fen < 134217728");
                });

            migrationBuilder.CreateTable(
                name: "writers",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    number = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_writers", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_accounts_code",
                table: "accounts",
                column: "code",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "accounts_not_archived",
                table: "accounts",
                column: "archived_at",
                filter: "archived_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "alerts_not_resolved",
                table: "alerts",
                column: "rule",
                unique: true,
                filter: "resolved_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_packets_packet_id",
                table: "packets",
                column: "packet_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "packets_archived",
                table: "packets",
                column: "archived_at",
                filter: "archived_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "packets_by_key",
                table: "packets",
                column: "key_hash",
                filter: "key_hash IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "packets_not_archived",
                table: "packets",
                columns: new[] { "shard", "number" },
                filter: "archived_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "packets_of_a_used_key",
                table: "packets",
                column: "repeats",
                filter: "repeats IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_parked_packet_id_kind_ordinal",
                table: "parked",
                columns: new[] { "packet_id", "kind", "ordinal" });

            migrationBuilder.CreateIndex(
                name: "IX_parked_payload",
                table: "parked",
                column: "payload",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "reports_by_time",
                table: "reports",
                column: "as_of");

            migrationBuilder.CreateIndex(
                name: "IX_transfers_credit_account_id",
                table: "transfers",
                columns: new[] { "credit_account", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_transfers_packet_kind_ordinal",
                table: "transfers",
                columns: new[] { "packet", "kind", "ordinal" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "transfers_adjustments",
                table: "transfers",
                column: "kind",
                filter: "kind = 4");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "accounts");

            migrationBuilder.DropTable(
                name: "alerts");

            migrationBuilder.DropTable(
                name: "announced");

            migrationBuilder.DropTable(
                name: "audits");

            migrationBuilder.DropTable(
                name: "digests");

            migrationBuilder.DropTable(
                name: "house");

            migrationBuilder.DropTable(
                name: "packets");

            migrationBuilder.DropTable(
                name: "parked");

            migrationBuilder.DropTable(
                name: "recordings");

            migrationBuilder.DropTable(
                name: "reports");

            migrationBuilder.DropTable(
                name: "shards");

            migrationBuilder.DropTable(
                name: "subscribers");

            migrationBuilder.DropTable(
                name: "transfers");

            migrationBuilder.DropTable(
                name: "writers");
        }
    }
}
