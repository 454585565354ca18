import {
  atLeastOne,
  type Command,
  inAnyOrder,
  many,
  one,
  optional,
  sequence,
  some,
  typed,
  upTo,
  values,
} from "../tree.ts";
import { since, until } from "../versions.ts";

/** What a device tells of itself; also in Provision. */
export const deviceInformation = inAnyOrder(
  one(
    "Settings:Set",
    inAnyOrder(
      optional("Settings:Model", "MS-ASCMD_R1947"),
      optional("Settings:IMEI", "MS-ASCMD_R1792"),
      optional("Settings:FriendlyName", "MS-ASCMD_R1731"),
      optional("Settings:OS", "MS-ASCMD_R2320"),
      optional("Settings:OSLanguage", "MS-ASCMD_R2324"),
      optional("Settings:PhoneNumber", "MS-ASCMD_R2364"),
      optional("Settings:UserAgent", "MS-ASCMD_R2891"),
      optional("Settings:EnableOutboundSMS", since("14.0"), values(0, 1), "MS-ASCMD_R1611"),
      optional("Settings:MobileOperator", since("14.0"), "MS-ASCMD_R1943"),
    ),
    "MS-ASCMD_R2617",
  ),
);

const oofMessage = inAnyOrder(
  optional("Settings:AppliesToInternal", "MS-ASCMD_R1075"),
  optional("Settings:AppliesToExternalKnown", "MS-ASCMD_R1067"),
  optional("Settings:AppliesToExternalUnknown", "MS-ASCMD_R1071"),
  optional("Settings:Enabled", "MS-ASCMD_R1607"),
  optional("Settings:ReplyMessage", "MS-ASCMD_R2451"),
  optional("Settings:BodyType", "MS-ASCMD_R1099"),
);

const oof = [
  optional("Settings:OofState", values(0, 1, 2), "MS-ASCMD_R2003"),
  optional("Settings:StartTime", "MS-ASCMD_R2683"),
  optional("Settings:EndTime", "MS-ASCMD_R1619"),
  upTo(3, "Settings:OofMessage", oofMessage, "MS-ASCMD_R1995"),
];

const addresses = sequence(
  many("Settings:SMTPAddress", "MS-ASCMD_R2651"),
  optional("Settings:PrimarySmtpAddress", since("14.1"), "MS-ASCMD_R2392"),
);

const account = inAnyOrder(
  optional("Settings:AccountId", "MS-ASCMD_R1015"),
  optional("Settings:AccountName", "MS-ASCMD_R1019"),
  optional("Settings:UserDisplayName", "MS-ASCMD_R2895"),
  optional("Settings:SendDisabled", "MS-ASCMD_R5377"),
  optional("Settings:EmailAddresses", addresses, "MS-ASCMD_R1595"),
);

const templates = inAnyOrder(
  many(
    "RightsManagement:RightsManagementTemplate",
    inAnyOrder(
      one("RightsManagement:TemplateID"),
      one("RightsManagement:TemplateName"),
      one("RightsManagement:TemplateDescription"),
    ),
  ),
);

const emptyGet = typed("empty");

/** Settings: device facts, the user's addresses, out-of-office, the device password. */
export const settings: Command = {
  name: "Settings",
  request: one(
    "Settings:Settings",
    inAnyOrder(
      optional(
        "Settings:Oof",
        inAnyOrder(
          optional("Settings:Get", inAnyOrder(one("Settings:BodyType", "MS-ASCMD_R1095")), "MS-ASCMD_R1743"),
          optional("Settings:Set", inAnyOrder(...oof), "MS-ASCMD_R2609"),
          atLeastOne(["Settings:Get", "Settings:Set"]),
        ),
        "MS-ASCMD_R1987",
      ),
      optional(
        "Settings:DevicePassword",
        inAnyOrder(one("Settings:Set", inAnyOrder(one("Settings:Password", "MS-ASCMD_R2360")), "MS-ASCMD_R2613")),
        "MS-ASCMD_R1510",
      ),
      optional("Settings:DeviceInformation", deviceInformation, "MS-ASCMD_R1502"),
      optional(
        "Settings:UserInformation",
        inAnyOrder(one("Settings:Get", emptyGet, "MS-ASCMD_R1751")),
        "MS-ASCMD_R2899",
      ),
      optional(
        "Settings:RightsManagementInformation",
        since("14.1"),
        inAnyOrder(one("Settings:Get", emptyGet, "MS-ASCMD_R1738")),
        "MS-ASCMD_R2516",
      ),
    ),
    "MS-ASCMD_R2627",
  ),
  response: one(
    "Settings:Settings",
    inAnyOrder(
      one("Settings:Status", "MS-ASCMD_R2755"),
      optional(
        "Settings:Oof",
        inAnyOrder(
          optional("Settings:Status", "MS-ASCMD_R2755"),
          optional("Settings:Get", sequence(...oof), "MS-ASCMD_R1747"),
        ),
        "MS-ASCMD_R1991",
      ),
      optional(
        "Settings:DeviceInformation",
        inAnyOrder(optional("Settings:Status", "MS-ASCMD_R2755")),
        "MS-ASCMD_R1506",
      ),
      optional("Settings:DevicePassword", inAnyOrder(optional("Settings:Status", "MS-ASCMD_R2755")), "MS-ASCMD_R1514"),
      optional(
        "Settings:UserInformation",
        inAnyOrder(
          optional("Settings:Status", "MS-ASCMD_R2755"),
          optional(
            "Settings:Get",
            inAnyOrder(
              optional("Settings:EmailAddresses", until("14.0"), addresses, "MS-ASCMD_R1595"),
              optional(
                "Settings:Accounts",
                since("14.1"),
                sequence(some("Settings:Account", account, "MS-ASCMD_R998")),
                "MS-ASCMD_R1023",
              ),
            ),
            "MS-ASCMD_R1755",
          ),
        ),
        "MS-ASCMD_R2903",
      ),
      optional(
        "Settings:RightsManagementInformation",
        since("14.1"),
        inAnyOrder(
          optional("Settings:Status", "MS-ASCMD_R2755"),
          optional(
            "Settings:Get",
            inAnyOrder(one("RightsManagement:RightsManagementTemplates", templates)),
            "MS-ASCMD_R1739",
          ),
        ),
        "MS-ASCMD_R2520",
      ),
    ),
    "MS-ASCMD_R2631",
  ),
};
