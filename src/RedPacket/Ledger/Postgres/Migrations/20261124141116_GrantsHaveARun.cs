using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace RedPacket.Ledger.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class GrantsHaveARun : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "run",
                table: "shards",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "lost_run",
                table: "parked",
                type: "text",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "run",
                table: "shards");

            migrationBuilder.DropColumn(
                name: "lost_run",
                table: "parked");
        }
    }
}
