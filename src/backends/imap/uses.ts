/**
 * What mailboxes are for where the server does not say it (SPECIAL-USE, RFC 6154): names that mail programs and servers
 * have given them, in the languages they come in.
 */
import type { MailboxUse } from "../mail.ts";

/** By flag of LIST, in lower case; `\important` and the like are no use of ours. */
export const usesByFlag: Readonly<Record<string, MailboxUse>> = {
  "\\inbox": "inbox",
  "\\drafts": "drafts",
  "\\sent": "sent",
  "\\trash": "trash",
  "\\junk": "junk",
  "\\spam": "junk",
  "\\archive": "archive",
};

const names: Readonly<Record<Exclude<MailboxUse, "inbox">, string>> = {
  drafts:
    "Drafts|Draft|Entwürfe|Entwurf|Brouillons|Borradores|Bozze|Concepten|Rascunhos|Esborranys|Zirriborroak|Utkast|Utkasti|Kladder|Luonnokset|Uppköst|Mustandid|Melnraksti|Juodraščiai|Szkice|Kopie robocze|Koncepty|Rozepsané|Rozpísané|Osnutki|Nacrti|Skice|Piszkozatok|Ciorne|Чернови|Черновики|Чернетки|Нацрти|Πρόχειρα|Taslaklar|Drög|טיוטות|مسودات|المسودات|پیش‌نویس‌ها|ड्राफ़्ट|ฉบับร่าง|แบบร่าง|Bản nháp|Thư nháp|Draf|下書き|草稿|草稿箱|草稿匣|임시 보관함|임시보관함",
  sent: "Sent|Sent Items|Sent Messages|Sent Mail|Sent-Mail|Gesendet|Gesendete Objekte|Gesendete Elemente|Gesendete|Éléments envoyés|Messages envoyés|Envoyés|Envoyé|Enviados|Elementos enviados|Mensajes enviados|Correo enviado|Itens Enviados|Mensagens enviadas|Posta inviata|Inviata|Inviati|Elementi inviati|Verzonden|Verzonden items|Verzonden objecten|Enviats|Elements enviats|Bidalita|Bidalitakoak|Skickat|Skickade|Skickade objekt|Sendt|Sendte|Sendt post|Sendte elementer|Sendte objekter|Lähetetyt|Sendur póstur|Sent póstur|Saadetud|Nosūtītie|Nosūtīts|Išsiųsta|Išsiųsti|Išsiųsti laiškai|Wysłane|Elementy wysłane|Odeslané|Odeslaná pošta|Odoslané|Odoslaná pošta|Poslano|Poslane stavke|Poslato|Послато|Elküldött|Elküldött elemek|Trimise|Elemente trimise|Изпратени|Отправленные|Отправленное|Надіслані|Відправлені|Απεσταλμένα|Gönderilmiş|Gönderilmiş Öğeler|Gönderilenler|Gönderilmiş Postalar|נשלחו|פריטים שנשלחו|المرسلة|البريد المرسل|العناصر المرسلة|ارسال شده|ارسال‌شده|भेजे गए|ส่งแล้ว|รายการที่ถูกส่ง|Đã gửi|Thư đã gửi|Terkirim|Dihantar|送信済み|送信済みメール|送信済みアイテム|送信済みトレイ|已发送|已发邮件|已发送邮件|寄件備份|寄件匣|已傳送的郵件|已傳送|보낸 편지함|보낸편지함|보낸 메일함",
  trash:
    "Trash|Deleted|Deleted Items|Deleted Messages|Bin|Papierkorb|Gelöschte Objekte|Gelöschte Elemente|Gelöscht|Corbeille|Éléments supprimés|Messages supprimés|Papelera|Papelera de reciclaje|Elementos eliminados|Eliminados|Lixo|Lixeira|Reciclagem|Itens Excluídos|Itens eliminados|Mensagens apagadas|Cestino|Posta eliminata|Elementi eliminati|Prullenbak|Prullenmand|Verwijderde items|Verwijderde objecten|Paperera|Elements suprimits|Zakarrontzia|Papperskorg|Papperskorgen|Borttaget|Borttagna objekt|Papirkurv|Slettet|Slettede elementer|Slettet post|Slettede objekter|Søppel|Roskakori|Poistetut|Ruslafata|Eytt|Prügi|Prügikast|Kustutatud|Atkritne|Dzēstie|Šiukšlinė|Šiukšliadėžė|Ištrinti|Kosz|Elementy usunięte|Koš|Odstraněná pošta|Kôš|Odstránené|Smeti|Koš za smeće|Smeće|Отпад|Izbrisano|Lomtár|Törölt elemek|Coș de gunoi|Gunoi|Elemente șterse|Șterse|Кошче|Изтрити|Корзина|Удаленные|Удалённые|Кошик|Видалені|Κάδος|Κάδος απορριμμάτων|Απορρίμματα|Διαγραμμένα|Çöp|Çöp Kutusu|Silinmiş Öğeler|Silinenler|אשפה|פריטים שנמחקו|المهملات|سلة المهملات|المحذوفة|العناصر المحذوفة|زباله‌دان|سطل زباله|ट्रैश|रद्दी|ถังขยะ|ที่ถูกลบ|Thùng rác|Đã xóa|Sampah|Tong sampah|ゴミ箱|ごみ箱|削除済みアイテム|已删除|已删除邮件|垃圾桶|刪除的郵件|刪除匣|지운 편지함|지운편지함|휴지통",
  junk: "Junk|Spam|Junk E-mail|Junk Email|Junk Mail|Bulk Mail|Junk-E-Mail|Unerwünscht|Unerwünschte Werbung|Werbung|Pourriel|Indésirables|Courrier indésirable|Correo no deseado|Basura|Correo basura|Lixo Eletrónico|Lixo Eletrônico|Spam/Junk|Posta indesiderata|Indesiderata|Ongewenst|Ongewenste e-mail|Ongewenste reclame|Reclame|Correu brossa|Brossa|Zabor-posta|Skräp|Skräppost|Søppelpost|Uønsket|Uønsket e-post|Uønsket mail|Uønsket post|Roskaposti|Ruslpóstur|Rämpspost|Mēstules|Surogatas|Šlamštas|Brukalas|Wiadomości-śmieci|Niechciane|Nevyžádaná pošta|Nevyžiadaná pošta|Nevyžádané|Neželena pošta|Vsiljena pošta|Neželjena pošta|Нежељена пошта|Levélszemét|Nemkívánatos|Mesaje nedorite|Нежелана поща|Спам|Нежелательная почта|Небажана пошта|Ανεπιθύμητα|Ανεπιθύμητη αλληλογραφία|İstenmeyen|İstenmeyen Posta|Önemsiz|Gereksiz|דואר זבל|זבל|ספאם|بريد مزعج|البريد المزعج|غير المرغوب فيها|البريد غير الهام|هرزنامه|स्पैम|จดหมายขยะ|อีเมลขยะ|สแปม|Thư rác|迷惑メール|垃圾邮件|垃圾郵件|정크 메일|정크메일|스팸|스팸메일함|스팸 편지함",
  archive:
    "Archive|Archives|Archived|Archiv|Archivio|Archivo|Archivado|Arquivo|Arquivados|Archief|Arxiu|Artxiboa|Arkiv|Arkiveret|Arkisto|Arkistoidut|Geymsla|Arhiiv|Arhīvs|Arhīvi|Archyvas|Archyvai|Archiwum|Archív|Archivovat|Arhiv|Arhiva|Архива|Archívum|Arhivă|Архив|Архіви|Архів|Αρχείο|Αρχειοθέτηση|Arşiv|ארכיון|أرشيف|الأرشيف|بایگانی|संग्रह|คลังเก็บ|ที่เก็บถาวร|Lưu trữ|Arsip|Arkib|アーカイブ|归档|存档|封存|보관|보관함|아카이브",
};

/** A use that a name speaks for; of two names for one use the one with the lower rank is meant. */
export interface Guess {
  readonly use: MailboxUse;
  readonly rank: number;
}

const guesses: ReadonlyMap<string, Guess> = new Map(
  Object.entries(names).flatMap(([use, list]) =>
    list.split("|").map((name, rank): [string, Guess] => [folded(name), { use: asUse(use), rank }]),
  ),
);

function asUse(text: string): MailboxUse {
  return text === "drafts" || text === "sent" || text === "trash" || text === "junk" ? text : "archive";
}

/** By the name of a mailbox, without the path to it. */
export function useOfName(name: string): Guess | undefined {
  return guesses.get(folded(name));
}

function folded(name: string): string {
  return name.trim().normalize("NFC").toLowerCase();
}
